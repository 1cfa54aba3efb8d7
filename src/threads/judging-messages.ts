import type { PolicyPart, PolicySet } from '../domain/policy.ts';
import type { TrustSnapshot } from '../domain/trust-root.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { EvidenceJudgement, EvidenceQuestion } from '../ports/evidence-judge.ts';
import type { StoredQuestion } from '../ports/record-judge.ts';

/**
 * What a thread is asked; the answer is an `EvidenceJudgement`. Policies and trust roots come along only if they have
 * changed since this thread was last asked.
 */
export interface JudgingRequest extends Omit<EvidenceQuestion, 'policies' | 'inForce'> {
  /** Names of the policies that must hold. */
  readonly asked: readonly string[];
  /** For policies of which only a part is asked, that part, by their names. */
  readonly parts?: Readonly<Record<string, PolicyPart>>;
  readonly inForce?: PolicySet;
  readonly trust?: TrustSnapshot;
}

/** What a thread is asked about what is on record; the answer is a `StoredAnswer`. */
export interface StoredRequest {
  readonly stored: Omit<StoredQuestion, 'inForce' | 'policies'>;
  readonly inForce?: PolicySet;
}

/** A verdict, if what is on record suffices for one. */
export interface StoredAnswer {
  readonly stored: Verdict | null;
}

/** Everything a thread may be asked, and may answer. */
export type ThreadRequest = JudgingRequest | StoredRequest;
export type ThreadAnswer = EvidenceJudgement | StoredAnswer;
