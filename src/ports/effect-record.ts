import type { Announcement, ListedImage } from '../domain/announcement.ts';
import type { LimitedBy } from '../domain/quarantine-limits.ts';
import type { SubjectRecord } from './subject-record.ts';

/** `undo`: a tag of ours that somebody pushed is put right. */
export type EffectKind = 'quarantine' | 'release' | 'undo' | 'notice';

export type EffectState = 'pending' | 'sending' | 'done' | 'failed' | 'held' | 'superseded';

/** An effect that was begun, with what its kind needs to be made. */
export type EffectRecord = WriteEffect | NoticeEffect;

/** A registry write. */
export type WriteEffect = MarkEffect | UndoEffect;

/** A registry write that a verdict, or a person, asks for. */
export type MarkEffect = QuarantineEffect | ReleaseEffect;

interface Begun {
  readonly id: string;
  readonly subject: SubjectRecord;
  /** How often it was begun, this time included. */
  readonly attempts: number;
  /** An earlier try may have had its effect without our knowing (a crash or a lost reply after the send). */
  readonly replyUnknown: boolean;
}

interface Mark extends Begun {
  readonly tag: string;
  readonly verdictId: string;
  /** Asked for by a person: not compared with the verdict. */
  readonly manual: boolean;
}

export interface QuarantineEffect extends Mark {
  readonly kind: 'quarantine';
  /** A person has let it go, though a limit held it back. */
  readonly resumed: boolean;
  /** What the last hour saw, this one left out. */
  readonly lastHour: LastHour;
}

export interface ReleaseEffect extends Mark {
  readonly kind: 'release';
}

/** Follows from an event, and not from a verdict. */
export interface UndoEffect extends Begun {
  readonly kind: 'undo';
  readonly tag: string;
  /** Those of the last hour that changed something, this one left out. */
  readonly undone: { readonly ofImage: number; readonly ofRepository: number; readonly all: number };
}

export interface NoticeEffect extends Begun {
  readonly kind: 'notice';
  readonly sinkId: string;
  readonly announcement: Announcement;
  /** Others of its repository that it tells of as well, this one included: they end as it ends. */
  readonly together: NoticeGroup | null;
  /** The registry write of the same verdict. */
  readonly registryEffect: RegistryEffect | null;
}

/** A registry write as it stands, for the notice about it. */
export interface RegistryEffect {
  readonly kind: WriteEffect['kind'];
  readonly state: EffectState;
  readonly tag: string;
  readonly result: string | null;
  readonly error: string | null;
}

/** One of several images that a message tells of. */
export type ToldImage = Pick<NoticeEffect, 'announcement' | 'registryEffect'>;

/** What one message tells of at once. */
export interface NoticeGroup {
  /** Its images by their newest notices, the most severe first, and some of each kind: so many as a message holds. */
  readonly listed: readonly ToldImage[];
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
  /** Images judged, counted as far as the limits need to know (`judgedToTell`). */
  readonly judged: number;
  /**
   * Other repositories that are held back since before this one, by the limit of all, or of this registry and all: no more
   * are counted than may be quarantined in an hour.
   */
  readonly ahead: number;
  /** The repositories with most of the quarantines: three at most, most first. */
  readonly fullest: readonly {
    readonly registryId: string;
    readonly repository: string;
    readonly quarantines: number;
  }[];
}
