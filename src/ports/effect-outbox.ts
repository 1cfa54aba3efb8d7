import type { Announcement } from '../domain/announcement.ts';
import type { Digest } from '../domain/digest.ts';
import type { LimitedBy, QuarantineLimits } from '../domain/quarantine-limits.ts';
import type { Lane } from '../kit/fair-queue.ts';
import type { EffectKind, EffectRecord, MarkEffect } from './effect-record.ts';
import type { MarkState, SubjectRecord } from './subject-record.ts';

/** A registry write or a notice to be made, written in the verdict's transaction. */
export type PlannedEffect = { readonly kind: MarkEffect['kind']; readonly tag: string } | PlannedNotice;

/** Waits for the registry write of the same verdict, so that it can say what was done. */
export interface PlannedNotice {
  readonly kind: 'notice';
  readonly sinkId: string;
  readonly announcement: Announcement;
  /**
   * The trouble it is about, if that is not about this image alone. A trouble is announced once an hour, by the first
   * image that meets it.
   */
  readonly trouble?: string;
  /** For a trouble that holds up images: where this image lies, and since when it has been held up. */
  readonly held?: HeldSince;
}

/** Where an image lies that a trouble holds up, and since when it has. */
export interface HeldSince {
  readonly repository: string;
  readonly since: Date;
}

/** A reference to an effect that is ready to be enqueued. */
export interface EffectRef {
  readonly id: string;
  readonly kind: EffectKind;
  readonly attempts: number;
  /** For a write its registry and repository; for a notice its sink and the repository it is about. */
  readonly lane: Lane;
}

export interface MarkUpdate {
  readonly mark: MarkState;
  readonly tag: string | null;
  readonly releasedArtifact: Digest | null;
}

/** By what a quarantine that begins will be held against what the last hour saw. */
export interface BreakerSettings {
  /** Where writes are only rehearsed: for those of others what is rehearsed does not count. Default: nowhere. */
  readonly rehearsing?: readonly string[];
  /** The last hour is counted as far as these need to know. Default: to its end. */
  readonly limits?: QuarantineLimits;
}

/** The outbox: what is to be done because of verdicts. */
export interface EffectOutbox {
  /**
   * Marks the effect as being made, and lends it to the caller for a while. `null` if it is done, superseded, held or
   * not ready yet, or if another one must end first: writes to one image are made one after the other, and notices
   * about one image reach a sink in the order of the verdicts. Above ten a minute about one repository, notices are put
   * off and begun together.
   */
  begin(effectId: string, now: Date, breaker?: BreakerSettings): Promise<EffectRecord | null>;
  /** Records that it is done and what was done; for registry effects also the subject's new mark, and its name. */
  finish(
    effectId: string,
    outcome: {
      readonly now: Date;
      readonly result: string;
      readonly mark?: MarkUpdate;
      /** Where the write was only rehearsed: the mark that its subject would carry since. */
      readonly rehearsedMark?: string | null;
      /** The `attempts` of its begin: a caller whose lease has passed to another process changes nothing. */
      readonly attempt?: number;
      /** Notices about what was found. */
      readonly announce?: readonly PlannedNotice[];
    },
  ): Promise<readonly EffectRef[]>;
  /** Records a failed try; `retryAt: null` gives up for good. */
  fail(
    effectId: string,
    failure: {
      readonly now: Date;
      readonly error: string;
      readonly retryAt: Date | null;
      /** It will take long, so people are told at once. */
      readonly held?: boolean;
      /**
       * It is held by a limit of quarantines. Then it stands in the line of its repository, of which the first is tried
       * again at `retryAt`, and the next when that one has ended.
       */
      readonly limitedBy?: LimitedBy;
      /** The other side may have acted all the same (a lost reply). */
      readonly replyUnknown?: boolean;
      /** As in `finish`. */
      readonly attempt?: number;
      /** Notices about the failure. */
      readonly announce?: readonly PlannedNotice[];
    },
  ): Promise<readonly EffectRef[]>;
  /** Marks an effect as overtaken by a newer verdict. */
  supersede(effectId: string, why: string, now: Date): Promise<readonly EffectRef[]>;
  /**
   * The image whose mark a name is by the record, or for which a write under that name has begun; other than the subject
   * of this id. Of several, one that is marked.
   */
  findHolder(
    name: { readonly registryId: string; readonly repository: string; readonly tag: string },
    other?: { readonly except: string },
  ): Promise<{ readonly subject: SubjectRecord; readonly isMarked: boolean } | null>;
  /** Effects whose time has come: so many registry writes, held ones (a repository each), and notices, at most. */
  findDue(now: Date, limit: number): Promise<readonly EffectRef[]>;
}
