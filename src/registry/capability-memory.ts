import type { Capability, RegistryKind } from '../domain/registry-kind.ts';
import { type CapabilityFact, tellCapabilities } from '../domain/told-capability.ts';
import type { RegistryCapabilities } from '../ports/registry-capabilities.ts';

/** What was learned of one registry. */
export interface CapabilityMemory extends Pick<RegistryCapabilities, 'tell' | 'recall' | 'listen'> {
  learn(fact: Omit<CapabilityFact, 'at'>): void;
  /** Whether it is known, by its kind or for less than a day, that this cannot be done. */
  isKnownMissing(capability: Capability): boolean;
}

/** What a registry refused once is tried again after this time: settings and versions change. */
const BELIEVED_MS = 24 * 3_600_000;

/** Creates a memory that knows what is known of the kind. */
export function createCapabilityMemory(kind: RegistryKind, now: () => Date = () => new Date()): CapabilityMemory {
  const facts = new Map<Capability, CapabilityFact>();
  let listener: ((fact: CapabilityFact) => void) | undefined;
  const isFresh = ({ at }: CapabilityFact): boolean => now().getTime() - at.getTime() < BELIEVED_MS;
  return {
    tell: () => tellCapabilities(kind, facts),
    listen(told) {
      listener = told;
    },
    recall(known) {
      for (const fact of known) {
        const before = facts.get(fact.capability);
        if (before === undefined || before.at < fact.at) facts.set(fact.capability, fact);
      }
    },
    learn(learned) {
      const before = facts.get(learned.capability);
      // Every image says so again.
      if (before?.support === learned.support && isFresh(before)) return;
      const fact = { ...learned, at: now() };
      facts.set(fact.capability, fact);
      listener?.(fact);
    },
    isKnownMissing(capability) {
      const fact = facts.get(capability);
      // What is old enough to be tried again is tried, unless no registry of this kind can do it.
      return fact !== undefined && isFresh(fact) ? fact.support === 'no' : kind.capabilities[capability] === 'no';
    },
  };
}
