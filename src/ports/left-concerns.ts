import type { Concern } from './concerns.ts';

/** A concern on record, and when it was left there. */
export interface LeftConcern extends Concern {
  readonly leftAt: Date;
}

/** Concerns that a process left for one that tells people: one of each kind about each thing, the latest. */
export interface LeftConcerns {
  leave(concern: Concern, now: Date): Promise<void>;
  /** The oldest first. */
  read(): Promise<readonly LeftConcern[]>;
  /** Takes it off, unless it was left again since. */
  takeAway(concern: LeftConcern): Promise<void>;
}
