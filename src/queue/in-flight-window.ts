import { createFairQueue, type Lane } from '../kit/fair-queue.ts';

/** What this process has put into the queue and not yet seen the end of. */
export interface InFlightWindow {
  /** Whether a job may go into the queue now; if not, it stays on record until there is room for its repository. */
  offer(id: string, job: InFlightJob): boolean;
  /** A worker of this process has it. */
  fetched(id: string): void;
  /** It has ended, here or elsewhere. */
  ended(id: string): void;
  /** How many more may go in. */
  room(): number;
  /** What all that is in flight is about. */
  inFlight(): readonly string[];
  /** The same, of what no worker here has. */
  elsewhere(): readonly string[];
  /** What these are about has ended elsewhere. */
  forget(about: readonly string[]): void;
  isBehind(): boolean;
  /** Whether something was left on record since this was last asked. */
  takeBehind(): boolean;
}

export interface InFlightJob {
  /** What it is about, as the record calls it. */
  readonly about: string;
  readonly lane: Lane | undefined;
}

/**
 * Jobs of a kind in the queue at a time: some seconds of work, so that between two rounds of the sweeper there is always
 * some. Of one repository half of it.
 */
export const MAX_IN_FLIGHT = 128;

/** A queue gives a job to a worker within milliseconds; what none has had after this is taken for lost or another's. */
const FORGOTTEN_AFTER_MS = 15_000;

interface InFlight extends InFlightJob {
  readonly since: number;
  isHere: boolean;
}

/**
 * Bounds what one kind of work has in the queue, by turns as everywhere (P6): the queue serves in the order of arrival,
 * so what is in it already is what all others wait for. The rest is on record, where the sweeper finds it in turn.
 */
export function createInFlightWindow(
  now: () => number = () => performance.now(),
  most = MAX_IN_FLIGHT,
): InFlightWindow {
  const turns = createFairQueue<InFlightJob>();
  const inFlight = new Map<string, InFlight>();
  // Until the record has said otherwise, a process before this one may have left something.
  let isBehind = true;

  function drop(id: string): void {
    const job = inFlight.get(id);
    if (job === undefined) return;
    inFlight.delete(id);
    turns.leave(job.lane);
  }
  function forgetLost(): void {
    for (const [id, job] of inFlight) {
      if (!job.isHere && now() - job.since > FORGOTTEN_AFTER_MS) drop(id);
    }
  }

  return {
    offer(id, job) {
      forgetLost();
      if (inFlight.has(id)) return false;
      turns.wait(job, job.lane);
      if (turns.take(most - inFlight.size) === undefined) {
        turns.forget(job);
        isBehind = true;
        return false;
      }
      inFlight.set(id, { ...job, since: now(), isHere: false });
      return true;
    },
    fetched(id) {
      const job = inFlight.get(id);
      if (job !== undefined) job.isHere = true;
    },
    ended: drop,
    room: () => most - inFlight.size,
    inFlight: () => [...inFlight.values()].map(({ about }) => about),
    elsewhere: () => [...inFlight.values()].filter(({ isHere }) => !isHere).map(({ about }) => about),
    forget(ended) {
      const gone = new Set(ended);
      for (const [id, { about, isHere }] of inFlight) if (!isHere && gone.has(about)) drop(id);
    },
    isBehind: () => isBehind,
    takeBehind() {
      const was = isBehind;
      isBehind = false;
      return was;
    },
  };
}
