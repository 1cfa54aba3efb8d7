import type { PolicyPart, PolicySet } from '../domain/policy.ts';
import type { TrustSnapshot } from '../domain/trust-root.ts';
import type { EvidenceQuestion } from '../ports/evidence-judge.ts';

/**
 * What a thread is asked; the answer is an `EvidenceJudgement`. Policies and trust roots come along only if they have
 * changed since this thread was last asked.
 */
export interface JudgingRequest extends Omit<EvidenceQuestion, 'policies' | 'inForce'> {
  /** Names of the policies that must hold. */
  readonly asked: readonly string[];
  /** What is asked of those of them that are not asked whole, by their names. */
  readonly parts?: Readonly<Record<string, PolicyPart>>;
  readonly inForce?: PolicySet;
  readonly trust?: TrustSnapshot;
}
