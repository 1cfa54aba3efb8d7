import type { FairSemaphore } from '../fair-semaphore.ts';

/** Work that somebody waits for goes first; what nobody waits for stands back meanwhile, and never for long. */
export interface RightOfWay {
  /** Does work that goes first. */
  goFirst<T>(work: () => Promise<T>): Promise<T>;
  /** Has work stand back that needs one of so many slots. */
  standBack(slots: FairSemaphore, count: number): void;
}

/**
 * How long whoever stands back waits at most until one of them may begin, in ms, whatever those do that have begun: it
 * may be a registry they wait for. 20 a second cost those that go first a twentieth of two cores; 50 a second cost them a
 * quarter of what a busy machine has.
 */
export const LONGEST_MS = 50;

interface StandingBack {
  readonly slots: FairSemaphore;
  readonly count: number;
}

/** Creates it, with nobody on the way. */
export function createRightOfWay(): RightOfWay {
  const standingBack: StandingBack[] = [];
  let first = 0;
  // Since the clock's last tick: of who sends one after the other there is none for a moment between two.
  let most = 0;
  let clock: NodeJS.Timeout | undefined;

  function share(): void {
    for (const { slots, count } of standingBack) slots.lendAtMost(shareOf(count, most));
  }
  function tick(): void {
    most = first;
    share();
    for (const { slots } of standingBack) slots.lendOneMore();
    if (first > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  return {
    async goFirst(work) {
      first += 1;
      clock ??= setInterval(tick, LONGEST_MS).unref();
      if (first > most) {
        most = first;
        share();
      }
      try {
        return await work();
      } finally {
        first -= 1;
      }
    },
    standBack: (slots, count) => void standingBack.push({ slots, count }),
  };
}

/** A quarter of all while one goes first, and none while many do. */
function shareOf(count: number, first: number): number {
  return first === 0 ? count : Math.floor(count / (4 * first));
}
