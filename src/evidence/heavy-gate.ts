/**
 * Lets few looks at a time hold much evidence in memory, so that what many images carry together is bounded. Nobody
 * waits for anything else while inside, so they cannot wait for each other.
 */
export interface HeavyGate {
  /** Waits for a place, in the order of arrival; call what it gives to leave. @throws the signal's reason */
  enter(signal?: AbortSignal): Promise<() => void>;
}

/** Two: one whose registry is slow does not keep all others waiting. */
const PLACES = 2;

export function createHeavyGate(places: number = PLACES): HeavyGate {
  let free = places;
  const waiting = new Set<() => void>();
  function leave(): void {
    free++;
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    next();
  }
  return {
    enter(signal) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const take = (): void => {
          free--;
          signal?.removeEventListener('abort', giveUp);
          let hasLeft = false;
          resolve(() => {
            if (!hasLeft) leave();
            hasLeft = true;
          });
        };
        const giveUp = (): void => {
          waiting.delete(take);
          reject(signal?.reason);
        };
        if (free > 0) return take();
        waiting.add(take);
        signal?.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
}
