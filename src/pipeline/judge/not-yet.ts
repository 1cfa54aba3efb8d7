/**
 * Registries announce a push when one of their replicas has it; another may know it seconds later. What is announced
 * and not there is looked for once more after this time before it counts as gone.
 */
const NOT_YET_MS = 15_000;

/** Whether something is so new that another replica may not know it yet. */
export function isNew(since: Date, now: Date): boolean {
  return now.getTime() - since.getTime() < NOT_YET_MS;
}

/** When to look again for what is not there; `null` if it had its time since it was first heard of. */
export function lookAgainFor(heardOfAt: Date, now: Date): Date | null {
  return isNew(heardOfAt, now) ? lookOnceMore(now) : null;
}

/** The same for what was there before, and is said to be there no more. */
export function lookOnceMore(now: Date): Date {
  return new Date(now.getTime() + NOT_YET_MS);
}
