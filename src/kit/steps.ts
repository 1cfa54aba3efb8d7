/**
 * A computation that stops every few milliseconds, so that whoever runs it may let others have their turn. On the main
 * thread it is run by `finishInTurns`.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
