import { createFairQueue, type FairQueue, type Lane } from '../kit/fair-queue.ts';

/** How a job gets to who runs it: through the queue's store, or past it to this process. */
export type Way = 'store' | 'past';

/** The jobs that this process has put into the queue and that have not ended, as far as it knows. */
export interface InFlightWindow {
  /** Whether a job may go this way now; if not, it stays on record until there is room for its repository. */
  offer(id: string, job: InFlightJob, way: Way): boolean;
  /** Notes that this job did not get into the queue after all, and stays on record. */
  withdraw(id: string): void;
  /** Notes that a worker of this process has taken this job. */
  fetched(id: string): void;
  /** Notes that this job has ended, here or in another process. */
  ended(id: string): void;
  /** How many more may go this way. */
  room(way: Way): number;
  /** What all that is in flight is about. */
  inFlight(): readonly string[];
  /** The same, for jobs that no worker of this process has taken. */
  elsewhere(): readonly string[];
  /** Notes that the jobs about these have ended in another process. */
  forget(about: readonly string[]): void;
  /** Notes that more is on record. */
  leave(): void;
  isBehind(): boolean;
  /** Whether something was left on record since this was last asked. */
  takeBehind(): boolean;
  /**
   * Calls this when half of what was in flight as something was left on record has ended: once, until `takeBehind`.
   */
  onRoom(listener: () => void): void;
}

export interface InFlightJob {
  /** What it is about, as the record calls it. */
  readonly about: string;
  readonly lane: Lane | undefined;
}

/**
 * Jobs of a kind in flight at a time, of one repository half of them.
 *
 * Through the store some seconds of work: it serves in the order of arrival, so what is in it already is what all others
 * wait for, and a worker fetches all of it.
 *
 * Past the store nobody waits for what came before him, since slots are lent in turn, and no statement is spent on a job.
 * So there are as many as two to five seconds of all that a machine does (200 to 500 a second): a round of the sweeper
 * puts back 200 at most, and who is at work has some whenever it comes. They take a megabyte, and a crash loses none of
 * them: all are on record.
 */
export const MOST_IN_FLIGHT: Readonly<Record<Way, number>> = { store: 128, past: 1_024 };

/**
 * A queue gives a job to a worker within milliseconds; a job that no worker of ours has after this is taken to be lost,
 * or in another process.
 */
const FORGOTTEN_AFTER_MS = 15_000;
/** How often that is looked for: jobs are offered hundreds of times a second. */
const FORGET_EVERY_MS = 1_000;

interface InFlight extends InFlightJob {
  readonly way: Way;
  readonly since: number;
  isHere: boolean;
}

/** What goes one way. */
interface Going {
  readonly turns: FairQueue<InFlightJob>;
  count: number;
}

/**
 * Bounds what one kind of work has in flight, by turns as everywhere (P6): the rest is on record, where the sweeper finds
 * it in turn. Each way is counted by itself: what goes past the store while this process is alone takes no room from
 * what goes through it once there are others, or is tried again.
 */
export function createInFlightWindow(
  now: () => number = () => performance.now(),
  most: Readonly<Record<Way, number>> = MOST_IN_FLIGHT,
): InFlightWindow {
  const going: Readonly<Record<Way, Going>> = {
    store: { turns: createFairQueue(), count: 0 },
    past: { turns: createFairQueue(), count: 0 },
  };
  const inFlight = new Map<string, InFlight>();
  // Until the record has said otherwise, a process before this one may have left something.
  let isBehind = true;
  /** The most that was in flight when something was left. */
  let leftAt = 0;
  let hasTold = false;
  let listener: (() => void) | undefined;
  let forgotAt = Number.NEGATIVE_INFINITY;

  function drop(id: string): void {
    const job = inFlight.get(id);
    if (job === undefined) return;
    inFlight.delete(id);
    going[job.way].count -= 1;
    going[job.way].turns.leave(job.lane);
  }
  function forgetLost(): void {
    const at = now();
    if (at - forgotAt < FORGET_EVERY_MS) return;
    forgotAt = at;
    for (const [id, job] of inFlight) {
      if (!job.isHere && at - job.since > FORGOTTEN_AFTER_MS) drop(id);
    }
  }
  function noteLeft(): void {
    isBehind = true;
    leftAt = Math.max(leftAt, inFlight.size);
  }
  function tell(): void {
    if (!isBehind || hasTold || inFlight.size > leftAt / 2) return;
    hasTold = true;
    listener?.();
  }
  function leave(): void {
    noteLeft();
    // Where all has ended already, no end will tell.
    tell();
  }

  return {
    offer(id, job, way) {
      forgetLost();
      if (inFlight.has(id)) return false;
      const { turns, count } = going[way];
      turns.wait(job, job.lane);
      if (turns.take(most[way] - count) === undefined) {
        turns.forget(job);
        leave();
        return false;
      }
      going[way].count += 1;
      inFlight.set(id, { ...job, way, since: now(), isHere: false });
      return true;
    },
    withdraw(id) {
      drop(id);
      // It tells nobody: a queue that is out is asked again at the usual pace.
      noteLeft();
    },
    fetched(id) {
      const job = inFlight.get(id);
      if (job !== undefined) job.isHere = true;
    },
    ended(id) {
      drop(id);
      tell();
    },
    room: (way) => most[way] - going[way].count,
    inFlight: () => [...inFlight.values()].map(({ about }) => about),
    elsewhere: () => [...inFlight.values()].filter(({ isHere }) => !isHere).map(({ about }) => about),
    forget(ended) {
      const gone = new Set(ended);
      for (const [id, { about, isHere }] of inFlight) if (!isHere && gone.has(about)) drop(id);
    },
    leave,
    isBehind: () => isBehind,
    takeBehind() {
      const was = isBehind;
      isBehind = false;
      leftAt = 0;
      hasTold = false;
      return was;
    },
    onRoom(call) {
      listener = call;
    },
  };
}
