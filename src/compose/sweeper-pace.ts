/** How a round of the sweeper went. */
export interface RoundTaken {
  /** Whether this process sweeps for all; if not, it only saw which of its jobs have ended. */
  readonly isLeader: boolean;
  /** Whether it got to its end. */
  readonly isDone: boolean;
  /** Whether more is on record than it has handed out. */
  readonly isMore: boolean;
  readonly tookMs: number;
}

/** How long after a round the next one is due. */
export interface Pause {
  readonly ms: number;
  /** The same, if there is room for what was left on record. */
  readonly whereRoomMs: number;
}

/** While more is on record: what other processes have ended is seen by a round only. */
const BEHIND_MS = 250;
/** Rounds take a fifth of the time at most. */
const REST = 4;
/** Where rounds take no time: 200 jobs each are 4,000 a second then, more than any process does. */
const LEAST_MS = 50;
/** How often a process that does not lead sees whether it does by now. */
const LOOK_MS = 1_000;

/** How long the sweeper rests after a round. One that failed is followed by the next at the usual pace, whatever ends. */
export function pauseAfter({ isLeader, isDone, isMore, tookMs }: RoundTaken, everyMs: number): Pause {
  const at = (ms: number): number => Math.min(ms, everyMs);
  if (!isLeader) return { ms: at(LOOK_MS), whereRoomMs: at(LOOK_MS) };
  if (!isDone) return { ms: everyMs, whereRoomMs: everyMs };
  const restMs = Math.max(LEAST_MS, REST * tookMs);
  return { ms: isMore ? at(Math.max(BEHIND_MS, restMs)) : everyMs, whereRoomMs: at(restMs) };
}
