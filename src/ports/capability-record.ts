import type { CapabilityFact } from '../domain/told-capability.ts';

/** A registry as it was when something was learned of it: another host under the same id is another registry. */
export interface LearnedOf {
  readonly registryId: string;
  readonly host: string;
}

/** What registries showed of themselves. Everything throws `FaultError` `DATABASE_UNAVAILABLE`. */
export interface CapabilityRecord {
  read(of: LearnedOf): Promise<readonly CapabilityFact[]>;
  /** The newest of each counts. */
  note(of: LearnedOf, fact: CapabilityFact): Promise<void>;
}
