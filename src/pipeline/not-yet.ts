/**
 * Registries announce a push when one of their replicas has it; another may know it seconds later. What is announced
 * and not there is looked for once more after this time before it counts as gone.
 */
const NOT_YET_MS = 15_000;

/** When to look again for what is not there; `null` if it had its time since it was first heard of. */
export function lookAgainFor(heardOfAt: Date, now: Date): Date | null {
  const heardAgoMs = now.getTime() - heardOfAt.getTime();
  return heardAgoMs < NOT_YET_MS ? new Date(now.getTime() + NOT_YET_MS) : null;
}
