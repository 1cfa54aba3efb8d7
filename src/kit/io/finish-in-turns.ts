import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '../steps.ts';

/** Runs a computation step by step; others get their turn in between. */
export async function finishInTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
