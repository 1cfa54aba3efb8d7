import { storyOf } from './history.ts';
import type { ChaosResult } from './run-chaos.ts';

/** What a run found broken, with the history that shows it. */
export function tellBroken({ violations, history }: ChaosResult): readonly (readonly string[])[] {
  return violations.map(({ invariant, words, digest }) => [
    invariant,
    words,
    ...(digest ? storyOf(history, digest) : []),
  ]);
}
