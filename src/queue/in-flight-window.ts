import { createFairQueue, type Lane } from '../kit/fair-queue.ts';

/** The jobs that this process has put into the queue and that have not ended, as far as it knows. */
export interface InFlightWindow {
  /** Whether a job may go into the queue now; if not, it stays on record until there is room for its repository. */
  offer(id: string, job: InFlightJob): boolean;
  /** Notes that a worker of this process has taken this job. */
  fetched(id: string): void;
  /** Notes that this job has ended, here or in another process. */
  ended(id: string): void;
  /** How many more may go in. */
  room(): number;
  /** What all that is in flight is about. */
  inFlight(): readonly string[];
  /** The same, for jobs that no worker of this process has taken. */
  elsewhere(): readonly string[];
  /** Notes that the jobs about these have ended in another process. */
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

/**
 * A queue gives a job to a worker within milliseconds; a job that no worker of ours has after this is taken to be lost,
 * or in another process.
 */
const FORGOTTEN_AFTER_MS = 15_000;
/** How often that is looked for: jobs are offered hundreds of times a second. */
const FORGET_EVERY_MS = 1_000;

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
  let forgotAt = Number.NEGATIVE_INFINITY;

  function drop(id: string): void {
    const job = inFlight.get(id);
    if (job === undefined) return;
    inFlight.delete(id);
    turns.leave(job.lane);
  }
  function forgetLost(): void {
    const at = now();
    if (at - forgotAt < FORGET_EVERY_MS) return;
    forgotAt = at;
    for (const [id, job] of inFlight) {
      if (!job.isHere && at - job.since > FORGOTTEN_AFTER_MS) drop(id);
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
