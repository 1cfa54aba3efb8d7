import type { Announcement } from '../domain/announcement.ts';
import type { Digest } from '../domain/digest.ts';
import type { Finding } from '../domain/finding.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import type { StorableJson } from '../domain/storable-json.ts';
import type { Subject } from '../domain/subject.ts';
import type { Outcome, Verdict } from '../domain/verdict.ts';
import type { EventOrigin, ParkedDelivery } from './event-source.ts';

/** Where a subject stands. `waiting`: evidence is missing and the grace runs. */
export type SubjectState = 'pending' | 'waiting' | 'final' | 'evidence' | 'gone' | 'parked';

/** Our mark on a subject. */
export type MarkState = 'none' | 'quarantined' | 'released';

export interface SubjectRecord extends Subject {
  readonly id: string;
  readonly state: SubjectState;
  /** When the first event arrived here (our clock, never the event's): the grace runs from it. */
  readonly firstSeenAt: Date;
  readonly tags: readonly string[];
  readonly mark: MarkState;
  readonly markTag: string | null;
  /** Digest of the "released" artifact our tag points to, where the tag could not be deleted. */
  readonly releasedArtifact: Digest | null;
  readonly verdict: VerdictRecord | null;
  /** Outcome of the newest final verdict: what people were last told. An `indeterminate` one never replaces it. */
  readonly settledOutcome: Outcome | null;
  /** How many looks in a row ended `indeterminate`: for the back-off. */
  readonly failedLooks: number;
  /** Follows one push from event to effect in logs and records. */
  readonly correlationId: string;
}

export interface VerdictRecord {
  readonly id: string;
  readonly verdict: Verdict;
  readonly policyRevision: string;
  readonly trustEpoch: number;
  readonly judgedAt: Date;
  /** False while the grace still runs. */
  readonly final: boolean;
}

/** What intake decided about one event. */
export interface IntakeDecision {
  readonly event: RegistryEvent;
  readonly action: 'judge' | 'resolve' | 'ignore';
  /** Why it is ignored. */
  readonly reason: string | null;
}

/** A judgement that was asked for, to be enqueued. */
export interface JudgementRef {
  readonly subjectId: string;
  readonly sequence: number;
}

/** What is to be done after the commit. */
export interface IntakeReceipt {
  readonly eventId: string;
  readonly correlationId: string;
  /** Set when a judgement is now due; absent for a repeat of something already final or already queued. */
  readonly judge?: JudgementRef;
  readonly resolve?: true;
}

/** The inbox: what sources handed in. */
export interface EventInbox {
  /** Looks a subject up by identity, for the filter of our own marks. */
  findSubject(subject: Subject): Promise<SubjectRecord | null>;
  /** Looks up who carries this mark tag or points to this released artifact, for the same filter. */
  findMark(registryId: string, repository: string, tag: string): Promise<SubjectRecord | null>;
  /** Writes the rows, and the subjects they name, in one transaction. @throws {FaultError} `DATABASE_UNAVAILABLE` */
  accept(
    origin: EventOrigin,
    decisions: readonly IntakeDecision[],
    context: { readonly now: Date; readonly policyRevision: string; readonly trustEpoch: number },
  ): Promise<readonly IntakeReceipt[]>;
  park(parked: ParkedDelivery, now: Date): Promise<void>;
  /** An event waiting for its digest; `null` if it is gone or resolved already. */
  findUnresolved(eventId: string): Promise<{
    readonly origin: EventOrigin;
    readonly repository: string;
    readonly tag: string;
  } | null>;
  /** Ties a resolved event to its subject (created if new). A digest of `null`: the tag is gone. */
  resolve(
    eventId: string,
    digest: Digest | null,
    context: { readonly now: Date; readonly policyRevision: string; readonly trustEpoch: number },
  ): Promise<IntakeReceipt>;
}

/** A judgement in progress. `fence` is compared when it is recorded: an older worker can not overwrite a newer one. */
export interface JudgementStart {
  readonly subject: SubjectRecord;
  readonly fence: number;
  /** How often a judgement of this request was started without an end (a crash each). */
  readonly starts: number;
  readonly sequence: number;
  /** From when the grace is counted: the first event, or later if the time since was not ours to see. */
  readonly graceFrom: Date;
}

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
    };

export interface EffectRecord {
  readonly id: string;
  readonly kind: 'quarantine' | 'release' | 'notice';
  readonly state: 'pending' | 'sending' | 'done' | 'failed' | 'held' | 'superseded';
  readonly subject: SubjectRecord;
  readonly verdictId: string;
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
  readonly lastHour: {
    /** Images whose quarantine was written, or is being written. */
    readonly quarantines: number;
    /** Distinct images judged. */
    readonly judged: number;
    /** Writes to this image, quarantines and releases. */
    readonly writesOfSubject: number;
  } | null;
  /** For a notice: the registry effect of the same verdict, as it stands. */
  readonly registryEffect: {
    readonly kind: 'quarantine' | 'release';
    readonly state: EffectRecord['state'];
    readonly tag: string;
    readonly result: string | null;
    readonly error: string | null;
  } | null;
}

/** A reference to an effect that is ready to be enqueued. */
export interface EffectRef {
  readonly id: string;
  readonly kind: EffectRecord['kind'];
  readonly attempts: number;
}

/** A subject as it stands while its verdict is being committed; nobody changes it meanwhile. */
export interface SubjectAtCommit extends SubjectRecord {
  /** A quarantine write that has begun and whose end is not known: the tag may be there, or come. */
  readonly quarantineUnderWay: boolean;
}

/** The subjects and their verdicts: the record. */
export interface SubjectStore {
  /**
   * Starts a judgement: takes a new fence, counts the start durably. `null` if there is nothing to judge, or if a
   * judgement of this subject is under way: when it ends, it says that it was asked for again.
   */
  begin(subjectId: string, context: { readonly now: Date }): Promise<JudgementStart | null>;

  /**
   * Records the verdict and its effects in one transaction, if the fence still holds, and takes back registry writes
   * of older verdicts. `final: false` leaves the subject waiting. Returns the effects and judgements to enqueue: of
   * the subject itself if it was asked for again meanwhile, and of the children of an index, for which other things
   * hold now. `null`: a newer judgement has taken over, nothing was written.
   */
  decide(
    start: JudgementStart,
    decision: {
      readonly verdict: Verdict;
      /** Written out already: they hold what hostile evidence says, and writing megabytes takes long. */
      readonly findings: StorableJson<readonly Finding[]>;
      readonly policyRevision: string;
      readonly trustEpoch: number;
      readonly now: Date;
      readonly final: boolean;
      /** When to look again, by the sweeper at the latest. */
      readonly nextCheckAt: Date | null;
      /** Plans what follows, from the subject as it stands by now. Pure: it may be asked twice. */
      readonly effects: (subject: SubjectAtCommit) => readonly PlannedEffect[];
      /** Children of an index, by digest: they inherit its pass. */
      readonly children: readonly Digest[];
    },
  ): Promise<{ readonly effects: readonly EffectRef[]; readonly judgements: readonly JudgementRef[] } | null>;

  /**
   * Ends a judgement without a verdict: not an image, gone, or of a registry that is not configured. Evidence names
   * the images it is `about`: each that is known is asked for in the same transaction. Returns what to enqueue.
   */
  conclude(
    start: JudgementStart,
    end: {
      readonly state: 'evidence' | 'gone' | 'parked';
      readonly about?: readonly Digest[];
      /** Images of other repositories it is about. */
      readonly elsewhere?: readonly Subject[];
      readonly now: Date;
    },
  ): Promise<readonly JudgementRef[]>;

  /** Gives a judgement back that ended in an error and not in a crash: it may be begun again at once. */
  abandon(start: JudgementStart, now: Date): Promise<void>;

  /** Asks for a new judgement of a subject because evidence arrived; creates nothing. `null` if unknown or queued. */
  requestJudgement(subject: Subject, now: Date): Promise<JudgementRef | null>;

  /** Subjects with one of these digests, in any repository of any registry, that are images or may be. */
  findWithDigest(digests: readonly Digest[]): Promise<readonly SubjectRecord[]>;

  /** The index subjects of this repository known to list this digest. */
  findParents(subject: Subject): Promise<readonly SubjectRecord[]>;

  /**
   * Subjects whose judgement is due: no final verdict under this revision and epoch (or a later one, of a daemon that
   * numbers on its own), a check time that has passed, or set aside until their registry is configured again.
   */
  findDue(
    context: {
      readonly now: Date;
      readonly policyRevision: string;
      readonly trustEpoch: number;
      /** Those that are configured. */
      readonly registryIds: readonly string[];
    },
    limit: number,
  ): Promise<readonly JudgementRef[]>;

  /** Events of these registries still waiting for their digest since before this time; each is found in turn. */
  findUnresolvedEvents(
    context: { readonly before: Date; readonly now: Date; readonly registryIds: readonly string[] },
    limit: number,
  ): Promise<readonly string[]>;
}

/** The outbox: what is to be done because of verdicts. */
export interface EffectOutbox {
  /**
   * Marks the effect as being made, and lends it to the caller for a while. `null` if it is done, superseded, held or
   * not ready yet, or if another one must end first: writes to one image are made one after the other, and notices
   * about one image reach a sink in the order of the verdicts.
   */
  begin(effectId: string, now: Date): Promise<EffectRecord | null>;
  /** Records that it is done and what was done; for registry effects also the subject's new mark. */
  finish(
    effectId: string,
    outcome: {
      readonly now: Date;
      readonly result: string;
      readonly mark?: MarkUpdate;
      /** The `attempts` of its begin: who comes after the effect was lent to another changes nothing of theirs. */
      readonly attempt?: number;
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
  /** Effects whose time has come: so many registry writes, and so many notices, at most. */
  findDue(now: Date, limit: number): Promise<readonly EffectRef[]>;
}

export interface MarkUpdate {
  readonly mark: MarkState;
  readonly tag: string | null;
  readonly releasedArtifact: Digest | null;
}

/** Reading for people: API and command line. */
export interface RecordQuery {
  listSubjects(filter: {
    readonly outcome?: string;
    readonly state?: string;
    readonly mark?: MarkState;
    readonly registryId?: string;
    readonly repository?: string;
    readonly limit: number;
    /** Opaque, from the page before. */
    readonly cursor?: string;
  }): Promise<{ readonly subjects: readonly SubjectRecord[]; readonly next: string | null }>;
  /** Everything on record about one subject, newest first; `null` if unknown. */
  readHistory(subject: Subject): Promise<SubjectHistory | null>;
}

/** Reading what verdicts were made from: for judging anew what is on record. */
export interface FindingsQuery {
  /** The findings behind verdicts, by the verdict's id; at most a page of them. Unknown ids are left out. */
  readFindings(verdictIds: readonly string[]): Promise<ReadonlyMap<string, readonly Finding[]>>;
}

export interface SubjectHistory {
  readonly subject: SubjectRecord;
  readonly verdicts: readonly (VerdictRecord & { readonly findings: readonly Finding[] })[];
  readonly events: readonly {
    readonly id: string;
    readonly sourceId: string;
    readonly receivedAt: Date;
    readonly state: string;
    readonly reason: string | null;
    readonly event: RegistryEvent;
  }[];
  readonly effects: readonly {
    readonly id: string;
    readonly verdictId: string;
    readonly kind: string;
    readonly state: string;
    readonly sinkId: string | null;
    readonly tag: string | null;
    readonly attempts: number;
    readonly result: string | null;
    readonly error: string | null;
    readonly createdAt: Date;
    readonly doneAt: Date | null;
  }[];
}

/** Quarantines or releases by hand, through the same outbox as a verdict. */
export interface ManualActions {
  /** @throws {InvalidInputError} `SUBJECT_UNKNOWN`, `VERDICT_NOT_FAILING` */
  request(
    subject: Subject,
    kind: 'quarantine' | 'release',
    context: {
      readonly now: Date;
      readonly tag: string;
      readonly by: string;
      readonly effects: readonly PlannedEffect[];
    },
  ): Promise<readonly EffectRef[]>;
}
