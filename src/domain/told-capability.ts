import { CAPABILITIES, type Capability, type RegistryKind } from './registry-kind.ts';

/** What one registry showed of itself: by an answer to a request that changes nothing, or to a write of ours. */
export interface CapabilityFact {
  readonly capability: Capability;
  readonly support: 'yes' | 'no';
  readonly by: 'reading' | 'writing';
  /** Where it was seen, as some differ by repository; absent: it is of the whole registry. */
  readonly repository?: string;
  readonly at: Date;
}

/** What is known of one capability of one registry, and from where. `untold`: nobody knows, which is no "no". */
export type ToldCapability =
  | CapabilityFact
  | { readonly capability: Capability; readonly support: 'yes' | 'no' | 'untold'; readonly by: 'kind' };

/** Every capability in its order: as the registry itself showed it, else as it is known of its kind. */
export function tellCapabilities(
  { capabilities }: Pick<RegistryKind, 'capabilities'>,
  facts: ReadonlyMap<Capability, CapabilityFact>,
): readonly ToldCapability[] {
  return CAPABILITIES.map((capability) => {
    const known = capabilities[capability];
    return facts.get(capability) ?? { capability, support: known === 'asked' ? 'untold' : known, by: 'kind' };
  });
}
