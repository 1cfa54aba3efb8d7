import type { CapabilityFact, ToldCapability } from '../domain/told-capability.ts';

/** What can be done in one registry, corrected by each of its answers that shows it. */
export interface RegistryCapabilities {
  /** All of them, in their order. */
  tell(): readonly ToldCapability[];
  /** Takes up what was learned before, where nothing newer is known. */
  recall(facts: readonly CapabilityFact[]): void;
  /** From now on told of whatever is learned; one listener. */
  listen(listener: (fact: CapabilityFact) => void): void;
  /** Asks whatever can be learned without changing anything; what cannot be told stays as it is. It never throws. */
  probe(signal?: AbortSignal): Promise<void>;
}
