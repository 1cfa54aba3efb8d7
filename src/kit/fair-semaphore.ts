import { createFairQueue, type FairQueueLimits, type Lane } from './fair-queue.ts';

/** A number of slots that are lent in turn. */
export interface FairSemaphore {
  /** Waits for one, in the turn of its lane; call what it gives to leave. @throws the signal's reason */
  enter(lane: Lane | undefined, signal?: AbortSignal): Promise<() => void>;
  /** Lends so many of them at a time from now on; what is lent beyond that is left in its own time. */
  lendAtMost(count: number): void;
  /** Lends one beyond that, if there is a slot for somebody who waits. */
  lendOneMore(): void;
}

/** Creates so many slots; one repository gets half of them at most, and one registry three quarters. */
export function createFairSemaphore(slots: number, limits?: FairQueueLimits): FairSemaphore {
  const turns = createFairQueue<() => void>(limits);
  let lent = 0;
  let most = slots;
  function admitOne(free: number): boolean {
    const next = turns.take(free);
    if (next === undefined) return false;
    lent++;
    next();
    return true;
  }
  function admit(): void {
    while (admitOne(most - lent));
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
            lent--;
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
    lendAtMost(count) {
      most = Math.min(count, slots);
      admit();
    },
    lendOneMore: () => void admitOne(slots - lent),
  };
}
