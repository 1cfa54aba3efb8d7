import { createFairQueue, type Lane } from './fair-queue.ts';

/** A number of slots that are lent in turn. */
export interface FairSemaphore {
  /** Waits for one, in the turn of its lane; call what it gives to leave. @throws the signal's reason */
  enter(lane: Lane | undefined, signal?: AbortSignal): Promise<() => void>;
}

/** Creates so many slots; one repository gets half of them at most, and one registry three quarters. */
export function createFairSemaphore(slots: number): FairSemaphore {
  const turns = createFairQueue<() => void>();
  let free = slots;
  function admit(): void {
    for (let next = turns.take(free); next !== undefined; next = turns.take(free)) {
      free--;
      next();
    }
  }
  return {
    enter(lane, signal) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const take = (): void => {
          signal?.removeEventListener('abort', giveUp);
          let hasLeft = false;
          resolve(() => {
            if (hasLeft) return;
            hasLeft = true;
            free++;
            turns.leave(lane);
            admit();
          });
        };
        const giveUp = (): void => {
          turns.forget(take);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', giveUp, { once: true });
        turns.wait(take, lane);
        admit();
      });
    },
  };
}
