import type { Announcement, ListedImage } from '../domain/announcement.ts';
import type { Digest } from '../domain/digest.ts';
import type { LimitedBy } from '../domain/quarantine-limits.ts';
import type { Lane } from '../kit/fair-queue.ts';
import type { MarkState, SubjectRecord } from './subject-record.ts';

/** A registry write or a notice to be made, written in the verdict's transaction. */
export type PlannedEffect =
  | { readonly kind: 'quarantine' | 'release'; readonly tag: string }
  /** Waits for the registry effect of the same verdict, so that it can say what was done. */
  | {
      readonly kind: 'notice';
      readonly sinkId: string;
      readonly announcement: Announcement;
      /** What it is about, if that is no news of this image alone: announced once an hour, by whoever comes first. */
      readonly trouble?: string;
      /** Of a trouble that holds up images: where this one lies, and since when it has been held. */
      readonly held?: HeldSince;
    };

/** Where an image lies that a trouble holds up, and since when it has. */
export interface HeldSince {
  readonly repository: string;
  readonly since: Date;
}

export interface EffectRecord {
  readonly id: string;
  /** `undo`: a tag of ours that somebody pushed is put right. */
  readonly kind: 'quarantine' | 'release' | 'undo' | 'notice';
  readonly state: 'pending' | 'sending' | 'done' | 'failed' | 'held' | 'superseded';
  readonly subject: SubjectRecord;
  /** `null` for an `undo`, which follows from an event. */
  readonly verdictId: string | null;
  readonly tag: string | null;
  readonly sinkId: string | null;
  readonly announcement: Announcement | null;
  /** How often it was begun, this time included. */
  readonly attempts: number;
  /** Asked for by a person: not compared with the verdict. */
  readonly manual: boolean;
  /** An earlier try may have had its effect without our knowing (a crash or a lost reply after the send). */
  readonly replyUnknown: boolean;
  /** For a quarantine: what the last hour saw, this one left out. */
  readonly lastHour: LastHour | null;
  /** For an `undo`: those of the last hour that changed something, this one left out. */
  readonly undone: { readonly ofImage: number; readonly ofRepository: number; readonly all: number } | null;
  /** For a notice that tells of others of its repository as well, this one included: they end as it ends. */
  readonly together: NoticeGroup | null;
  /** For a notice: the registry effect of the same verdict, as it stands. */
  readonly registryEffect: {
    readonly kind: 'quarantine' | 'release' | 'undo';
    readonly state: EffectRecord['state'];
    readonly tag: string;
    readonly result: string | null;
    readonly error: string | null;
  } | null;
}

/** What one message tells of at once. */
export interface NoticeGroup {
  /** Its images by their newest notices, the most severe first, and some of each kind: so many as a message holds. */
  readonly listed: readonly Pick<EffectRecord, 'announcement' | 'registryEffect'>[];
  /** How many images each kind of notice is about. */
  readonly counts: Readonly<Partial<Record<ListedImage['kind'], number>>>;
  /** How many notices it stands for. */
  readonly notices: number;
}

/** What the last hour saw of quarantines, and who waits for one. */
export interface LastHour extends HourOfSeveral {
  /** Writes to this image, quarantines and releases. */
  readonly writesOfSubject: number;
  readonly registry: HourOfSeveral;
  readonly repository: Pick<HourOfSeveral, 'quarantines' | 'judged'>;
  /** The limit that holds back others of its repository, which come before it; `null` if there are none. */
  readonly behind: LimitedBy | null;
}

/** What the last hour saw in a registry, or in all. */
export interface HourOfSeveral {
  /** Images whose quarantine was written, or is being written. */
  readonly quarantines: number;
  /** Distinct images judged; in one registry or repository only counted from `SHARE_SPARES` quarantines on, else 0. */
  readonly judged: number;
  /** Other repositories that are held back since before this one, by the limit of all, or of this registry and all. */
  readonly ahead: number;
  /** The repositories with most of the quarantines: three at most, most first. */
  readonly fullest: readonly {
    readonly registryId: string;
    readonly repository: string;
    readonly quarantines: number;
  }[];
}

/** A reference to an effect that is ready to be enqueued. */
export interface EffectRef {
  readonly id: string;
  readonly kind: EffectRecord['kind'];
  readonly attempts: number;
  /** Of a write its registry and repository; of a notice its sink and the repository it tells of. */
  readonly lane: Lane;
}

export interface MarkUpdate {
  readonly mark: MarkState;
  readonly tag: string | null;
  readonly releasedArtifact: Digest | null;
}

/** The outbox: what is to be done because of verdicts. */
export interface EffectOutbox {
  /**
   * Marks the effect as being made, and lends it to the caller for a while. `null` if it is done, superseded, held or
   * not ready yet, or if another one must end first: writes to one image are made one after the other, and notices
   * about one image reach a sink in the order of the verdicts. Above ten a minute about one repository, notices are put
   * off and begun together.
   */
  begin(effectId: string, now: Date): Promise<EffectRecord | null>;
  /** Records that it is done and what was done; for registry effects also the subject's new mark, and its name. */
  finish(
    effectId: string,
    outcome: {
      readonly now: Date;
      readonly result: string;
      readonly mark?: MarkUpdate;
      /** The `attempts` of its begin: who comes after the effect was lent to another changes nothing of theirs. */
      readonly attempt?: number;
      /** Notices about what was found. */
      readonly announce?: readonly PlannedEffect[];
    },
  ): Promise<readonly EffectRef[]>;
  /** Records a failed try; `retryAt: null` gives up for good. */
  fail(
    effectId: string,
    failure: {
      readonly now: Date;
      readonly error: string;
      readonly retryAt: Date | null;
      /** It will take long, and people should not wait to hear of it. */
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
      readonly announce?: readonly PlannedEffect[];
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
