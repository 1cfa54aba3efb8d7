import type { Clock } from '../../ports/clock.ts';
import type { Concern, Concerns } from '../../ports/concerns.ts';

/** What is kept of concerns: the latest of each kind and source or sink. */
export interface KeptConcerns extends Concerns {
  /** Those of the last day. */
  current(): readonly Concern[];
}

// Somebody who runs `lazaret doctor` in the morning should see what happened at night.
const KEPT_MS = 24 * 3_600_000;

/** Creates the memory of concerns; `tell` is called for each, and must not throw. */
export function keepConcerns(clock: Clock, tell: (concern: Concern) => void): KeptConcerns {
  const latest = new Map<string, { readonly concern: Concern; readonly at: Date }>();
  return {
    raise(concern) {
      latest.set(`${concern.id} ${concern.kind}`, { concern, at: clock() });
      tell(concern);
    },
    current() {
      const since = clock().getTime() - KEPT_MS;
      return [...latest.values()].filter(({ at }) => at.getTime() > since).map(({ concern }) => concern);
    },
  };
}
