import type { EvidenceRef } from './evidence.ts';
import type { FindingCode } from './finding.ts';

export type Outcome = 'pass' | 'fail-evidence' | 'fail-missing' | 'indeterminate' | 'rejected-input';

/** Why a requirement, or a piece of evidence in it, counts or not. Each is explained in `docs/reasons.md`. */
export type ReasonCode =
  | Exclude<FindingCode, 'VERIFIED'>
  | 'SATISFIED'
  | 'SIGNATURE_MISSING'
  | 'PROVENANCE_MISSING'
  | 'ATTESTATION_MISSING'
  | 'SIGNERS_TOO_FEW'
  | 'SIGNER_NOT_ALLOWED'
  | 'SOURCE_MISMATCH'
  | 'SOURCE_UNTOLD'
  | 'REF_MISMATCH'
  | 'BUILDER_MISMATCH'
  | 'BUILD_TYPE_MISMATCH'
  | 'TRIGGER_MISMATCH'
  | 'INPUTS_MISMATCH'
  | 'PROVENANCE_INCONSISTENT'
  | 'PREDICATE_TYPE_MISMATCH'
  | 'ANNOTATION_MISMATCH'
  | 'EVIDENCE_TOO_OLD'
  | 'CONDITION_FALSE'
  | 'CONDITION_UNDECIDED'
  | 'DENIED_BY_POLICY'
  | 'NO_POLICY'
  | 'INHERITED'
  | 'PROVED_BY_PLATFORMS'
  | 'LOOK_CUT_SHORT'
  | 'LISTED_ABSENT'
  | 'COULD_NOT_TELL'
  | 'CRASHED_REPEATEDLY';

/** One piece of evidence tried for one requirement. */
export interface EvidenceTried {
  readonly evidence: EvidenceRef;
  readonly counted: boolean;
  readonly code: ReasonCode;
  /** One sentence. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
}

/** What became of one requirement of one policy. */
export interface RequirementResult {
  readonly policy: string;
  readonly name: string;
  readonly satisfied: boolean;
  readonly code: ReasonCode;
  readonly expected: string;
  readonly found: string;
  /** What a person can do about it; empty when satisfied. */
  readonly advice: string;
  readonly evidence: readonly EvidenceTried[];
}

/** The outcome for one subject under one policy revision and one trust epoch, with all that explains it. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly code: ReasonCode;
  /** The sentence that explains it to a person who has never heard of Sigstore. */
  readonly reason: string;
  readonly policies: readonly string[];
  /** The strictest of the unsatisfied policies, or of all if none is: `quarantine` before `alert`. */
  readonly onFailure: 'quarantine' | 'alert';
  readonly requirements: readonly RequirementResult[];
  /**
   * How long an image that does not pass is waited for, from the push: the longest grace of the policies that decided; 0
   * where nothing that comes could change it.
   */
  readonly graceMs: number;
}

/** Whether this outcome is one of the two that may quarantine. */
export function isFailing(outcome: Outcome): boolean {
  return outcome === 'fail-evidence' || outcome === 'fail-missing';
}
