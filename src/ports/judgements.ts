import type { Digest } from '../domain/digest.ts';
import type { KnownEvidence, LearntEvidence, RecordedHidden } from '../domain/evidence.ts';
import type { Finding } from '../domain/finding.ts';
import type { Subject } from '../domain/subject.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { StorableJson } from '../kit/storable-json.ts';
import type { EffectRef, PlannedEffect } from './effect-outbox.ts';
import type { JudgementRef } from './event-inbox.ts';
import type { SubjectRecord } from './subject-record.ts';

/** A judgement in progress. `fence` is compared when it is recorded: an older worker can not overwrite a newer one. */
export interface JudgementStart {
  readonly subject: SubjectRecord;
  readonly fence: number;
  /** How often a judgement of this request was started without an end (a crash each). */
  readonly starts: number;
  readonly sequence: number;
  /** From when the grace is counted: from the first event, or later if Lazaret did not run in the time since. */
  readonly graceFrom: Date;
  /** Since when its final verdicts have not been a pass; `null` if it passes, or has none yet. */
  readonly failingSince: Date | null;
  /** When its mark last changed. */
  readonly markedAt: Date | null;
  /** Evidence about it that is known by its manifest. */
  readonly known?: readonly KnownEvidence[];
  /** Looks since the last pass for which the registry did not hold what it names, and since when. */
  readonly gaps: { readonly looks: number; readonly since: Date | null };
  /**
   * Set for the first look at a subject: names the state in which it is on record now. While it stays in that state, its
   * verdict is written without reading it again.
   */
  readonly firstLook?: string;
}

/** What an index lists, with the platform (`os/architecture`) it names. */
export interface ListedChild {
  readonly digest: Digest;
  readonly platform?: string;
}

/** A subject as it stands while its verdict is being committed; nobody changes it meanwhile. */
export interface SubjectAtCommit extends SubjectRecord {
  /** Since when it could not be judged; `null` if the last look did judge it. */
  readonly untoldSince: Date | null;
  /** A quarantine write that has begun and whose end is not known: the tag may be there, or come. */
  readonly quarantineUnderWay: boolean;
  /** The mark that one puts, whatever the configuration says by now. */
  readonly markUnderWay: string | null;
  /** How often in the last day its mark was found missing, this time included. */
  readonly marksLost: number;
  /** The look behind this verdict found its mark missing. */
  readonly markMissing: boolean;
}

/** A verdict, what it rests on and what follows from it. */
export interface Decision {
  readonly verdict: Verdict;
  /** Serialised already: findings hold what hostile evidence says, and serialising megabytes takes long. */
  readonly findings: StorableJson<readonly Finding[]>;
  readonly policyRevision: string;
  readonly trustEpoch: number;
  readonly now: Date;
  readonly final: boolean;
  /** Set if the grace starts again at this time. */
  readonly graceFrom?: Date;
  /** What the look has learnt of the evidence about the subject, and about what it lists. */
  readonly learnt?: readonly LearntEvidence[];
  /** Images whose evidence belongs under a tag that this one has: they are looked at again. */
  readonly about?: readonly Digest[];
  /** Tags and lists that no longer lead to the evidence that counts; absent if this look did not find that out. */
  readonly hidden?: readonly RecordedHidden[];
  /** When to look again, by the sweeper at the latest. */
  readonly nextCheckAt: Date | null;
  /** Plans the effects from the subject as it stands when the verdict is committed. Pure, as it may be called twice. */
  readonly effects: (subject: SubjectAtCommit) => readonly PlannedEffect[];
  /** Children of an index: they inherit its pass. */
  readonly children: readonly ListedChild[];
  /** The image does not carry the mark that was on record as the look began: it is recorded that it has none. */
  readonly markMissing?: boolean;
  /** It is one of BuildKit's attestations, which an index lists beside the images; absent if nobody could look. */
  readonly isBuildAttestation?: boolean;
  /** Whether its manifest is an index; absent if nobody could look. */
  readonly isIndex?: boolean;
  /** The registry does not hold all that it names. */
  readonly hasGaps?: boolean;
  /** The fault or the reason for which it could not be judged. */
  readonly untoldBy?: string;
  /** Its type, if it is no container image; absent for images, and if nobody could look. */
  readonly artifactType?: string;
}

/** What a verdict that was recorded asks to enqueue. */
export interface Decided {
  readonly effects: readonly EffectRef[];
  readonly judgements: readonly JudgementRef[];
}

/** How a look ends without a verdict. */
export interface Conclusion {
  readonly state: 'evidence' | 'artifact' | 'gone' | 'parked';
  /** Of an artifact: its type, and the policies by which none covered it. */
  readonly artifact?: { readonly type: string; readonly policyRevision: string };
  readonly about?: readonly Digest[];
  /** When what is gone is looked for once more: it may only be late. */
  readonly lookAgainAt?: Date | null;
  /** Images of other repositories it is about. */
  readonly elsewhere?: readonly Subject[];
  readonly now: Date;
}

/** Judgements of subjects, from their start to a verdict or another end: for who judges. */
export interface Judgements {
  /**
   * Starts a judgement: takes a new fence, counts the start durably. `null` if there is nothing to judge, or if a
   * judgement of this subject is under way: when it ends, it says that it was asked for again. `isFirst`: nobody is
   * expected to have looked at it before, which costs less if it holds.
   */
  begin(subjectId: string, context: { readonly now: Date; readonly isFirst?: boolean }): Promise<JudgementStart | null>;

  /**
   * Records the verdict and its effects in one transaction, if the fence still holds, and takes back registry writes
   * of older verdicts. `final: false` leaves the subject waiting. Returns the effects and judgements to enqueue: of
   * the subject itself if it was asked for again meanwhile, and of the children of an index, for which other things
   * hold now. `null`: a newer judgement has taken over, nothing was written.
   */
  decide(start: JudgementStart, decision: Decision): Promise<Decided | null>;

  /**
   * Ends a judgement without a verdict: not an image, gone, or of a registry that is not configured. Evidence names
   * the images it is `about`: each that is known is asked for in the same transaction, and so are the parts of an index
   * that is gone and whose mark stood for them. Returns what to enqueue.
   */
  conclude(start: JudgementStart, end: Conclusion): Promise<readonly JudgementRef[]>;

  /** Gives back a judgement that ended in an error rather than a crash, so that it may be begun again at once. */
  abandon(start: JudgementStart, now: Date): Promise<void>;

  /** Evidence known about something in this repository, which need not be on record itself. */
  findEvidence(subject: Subject): Promise<readonly KnownEvidence[]>;
}
