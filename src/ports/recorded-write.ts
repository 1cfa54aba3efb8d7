import type { LimitedBy } from '../domain/quarantine-limits.ts';
import type { Subject } from '../domain/subject.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { WriteEffect } from './effect-record.ts';

/** A registry write as people read of it: what would be written where, and why. */
export interface RecordedWrite extends Subject {
  readonly id: string;
  /** Tags the image was pushed with. */
  readonly tags: readonly string[];
  readonly kind: WriteEffect['kind'];
  readonly mark: string;
  readonly plannedAt: Date;
  /** The verdict it follows from; `null` for one that follows from an event. */
  readonly verdict: Pick<Verdict, 'outcome' | 'code' | 'reason' | 'policies'> | null;
}

/** One that was put on record instead of being made. */
export interface RehearsedWrite extends RecordedWrite {
  /** When it would have been made. */
  readonly rehearsedAt: Date;
}

/** A quarantine that a limit holds back. */
export interface HeldQuarantine extends RecordedWrite {
  readonly limitedBy: LimitedBy;
  /** What was said of the limit when it was last asked. */
  readonly why: string;
  /** Who has let it go, so that it waits for nothing but its turn. */
  readonly resumedBy: string | null;
}

/** What limits hold back: for people. */
export interface HeldQuarantines {
  /** A page of them, the oldest first, without images that are gone; `after`: `next` of the page before. */
  readHeld(asked: {
    readonly limit: number;
    readonly after?: string;
  }): Promise<{ readonly held: readonly HeldQuarantine[]; readonly next: string | null }>;
  /**
   * Lets these go, in somebody's name: they are written as fast as quarantines of all may be, whatever the other limits
   * say. Returns how many that were; those that have ended meanwhile are left out.
   */
  resume(ids: readonly string[], given: { readonly by: string; readonly now: Date }): Promise<number>;
}
