import type { EvidenceSet } from '../domain/evidence.ts';
import type { Finding } from '../domain/finding.ts';
import type { ImagePolicy, PolicySet } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { StorableJson } from '../kit/storable-json.ts';

/** Everything found about one digest, and what it must prove. */
export interface EvidenceQuestion {
  readonly evidence: EvidenceSet;
  /** The bytes of the digest's manifest: what a signature of the image signs. */
  readonly manifest: Uint8Array;
  /** `host/repository`. */
  readonly image: string;
  readonly inForce: PolicySet;
  /** Those in force that must hold for this digest. */
  readonly policies: readonly ImagePolicy[];
  readonly now: Date;
}

/** What the evidence of one digest comes to. */
export interface EvidenceJudgement {
  /** For the record alone: they hold all that the evidence says, which may be megabytes. */
  readonly findings: StorableJson<readonly Finding[]>;
  readonly verdict: Verdict;
}

/** Verifies evidence and decides. Evidence is hostile: what it costs is bounded here, and whom it may hold up. */
export interface EvidenceJudge {
  /**
   * @throws {FaultError} `TRUST_ROOT_UNAVAILABLE`, `CLOCK_UNTRUSTED`, `VERIFIER_UNAVAILABLE`: could not tell.
   * @throws the signal's reason when it fires first.
   */
  judge(question: EvidenceQuestion, signal?: AbortSignal): Promise<EvidenceJudgement>;
}
