import type { Digest } from '../domain/digest.ts';
import type { RecordedHidden } from '../domain/evidence.ts';
import type { Subject } from '../domain/subject.ts';
import type { Outcome, Verdict } from '../domain/verdict.ts';

/**
 * Where a subject stands. `waiting`: evidence is missing and the grace runs. `evidence` and `artifact`: not an image, and
 * not judged; an artifact that a policy covers is judged as images are.
 */
export type SubjectState = 'pending' | 'waiting' | 'final' | 'evidence' | 'artifact' | 'gone' | 'parked';

/** Our mark on a subject. */
export type MarkState = 'none' | 'quarantined' | 'released';

/**
 * For images that lay in their registry before Lazaret watched it. `recorded`: while the image does not pass, nothing
 * is done about it.
 */
export type BaselineState = 'recorded' | 'over';

export interface SubjectRecord extends Subject {
  readonly id: string;
  readonly state: SubjectState;
  /** When the first event arrived here (our clock, never the event's): the grace runs from it. */
  readonly firstSeenAt: Date;
  readonly tags: readonly string[];
  readonly mark: MarkState;
  readonly markTag: string | null;
  /** The mark it would carry by now if writes were made, where they are only rehearsed; `null`: none. */
  readonly rehearsedMark: string | null;
  /** `null`: it was pushed while Lazaret listened. */
  readonly baseline: BaselineState | null;
  /** Digest of the "released" artifact our tag points to, where the tag could not be deleted. */
  readonly releasedArtifact: Digest | null;
  /** What it is, if it is no container image: the type it was pushed with. */
  readonly artifactType: string | null;
  readonly verdict: VerdictRecord | null;
  /** Tags and lists that no longer lead to what proved it. */
  readonly hiddenEvidence: readonly RecordedHidden[];
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
