import { createFairTurns, type Lane } from '../kit/fair-turns.ts';

/** What this process has put into the queue and not yet seen the end of. */
export interface HandOut {
  /** Whether a job may go into the queue now; if not, it stays on record until there is room for its repository. */
  offer(id: string, job: HandedJob): boolean;
  /** A worker of this process has it. */
  fetched(id: string): void;
  /** It has ended, here or elsewhere. */
  ended(id: string): void;
  /** How many more may go in. */
  room(): number;
  /** What all that is in hand is about. */
  inHand(): readonly string[];
  /** The same, of what no worker here has. */
  elsewhere(): readonly string[];
  /** What these are about has ended elsewhere. */
  forget(about: readonly string[]): void;
  isBehind(): boolean;
  /** Whether something was left on record since this was last asked. */
  takeBehind(): boolean;
}

export interface HandedJob {
  /** What it is about, as the record calls it. */
  readonly about: string;
  readonly lane: Lane | undefined;
}

/**
 * Jobs of a kind in the queue at a time: some seconds of work, so that between two rounds of the sweeper there is always
 * some. Of one repository half of it.
 */
export const IN_HAND = 128;

/** A queue gives a job to a worker within milliseconds; what none has had after this is taken for lost or another's. */
const FORGOTTEN_AFTER_MS = 15_000;

interface InHand extends HandedJob {
  readonly since: number;
  isHere: boolean;
}

/**
 * Bounds what one kind of work has in the queue, by turns as everywhere (P6): the queue serves in the order of arrival,
 * so what is in it already is what all others wait for. The rest is on record, where the sweeper finds it in turn.
 */
export function createHandOut(now: () => number = () => performance.now(), most = IN_HAND): HandOut {
  const turns = createFairTurns<HandedJob>();
  const inHand = new Map<string, InHand>();
  // Until the record has said otherwise, a process before this one may have left something.
  let isBehind = true;

  function drop(id: string): void {
    const job = inHand.get(id);
    if (job === undefined) return;
    inHand.delete(id);
    turns.leave(job.lane);
  }
  function forgetLost(): void {
    for (const [id, job] of inHand) {
      if (!job.isHere && now() - job.since > FORGOTTEN_AFTER_MS) drop(id);
    }
  }

  return {
    offer(id, job) {
      forgetLost();
      if (inHand.has(id)) return false;
      turns.wait(job, job.lane);
      if (turns.take(most - inHand.size) === undefined) {
        turns.forget(job);
        isBehind = true;
        return false;
      }
      inHand.set(id, { ...job, since: now(), isHere: false });
      return true;
    },
    fetched(id) {
      const job = inHand.get(id);
      if (job !== undefined) job.isHere = true;
    },
    ended: drop,
    room: () => most - inHand.size,
    inHand: () => [...inHand.values()].map(({ about }) => about),
    elsewhere: () => [...inHand.values()].filter(({ isHere }) => !isHere).map(({ about }) => about),
    forget(ended) {
      const gone = new Set(ended);
      for (const [id, { about, isHere }] of inHand) if (!isHere && gone.has(about)) drop(id);
    },
    isBehind: () => isBehind,
    takeBehind() {
      const was = isBehind;
      isBehind = false;
      return was;
    },
  };
}
