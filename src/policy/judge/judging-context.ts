import type { Requirement } from '../../domain/policy.ts';
import type { EvidenceItem } from './evidence-items.ts';
import type { OtherRequirements } from './other-requirements.ts';

/** All that is known when a requirement is judged. */
export interface JudgingContext {
  readonly items: readonly EvidenceItem[];
  /** All requirements of the policy, but for those of other alternatives. */
  readonly own: readonly Requirement[];
  readonly others: OtherRequirements;
  readonly now: Date;
}
