import type { ImagePolicy, PolicyKey } from '../domain/policy.ts';

/** What evidence must be tried with: names of trust roots, and keys. */
export interface NeededMaterials {
  readonly trust: readonly string[];
  readonly keys: readonly PolicyKey[];
}

/** The trust roots and keys that any signer of these policies names, each once. */
export function listMaterials(policies: readonly ImagePolicy[]): NeededMaterials {
  const trust = new Set<string>();
  const keys = new Map<string, PolicyKey>();
  for (const rule of policies.flatMap((policy) => policy.require.flatMap((requirement) => requirement.of))) {
    if (rule.kind === 'identity') trust.add(rule.trust);
    // One key under two settings is two materials: each setting verifies other signatures.
    else keys.set(JSON.stringify([rule.key.keyId, rule.key.hash, rule.key.padding, rule.key.encoding]), rule.key);
  }
  return { trust: [...trust], keys: [...keys.values()] };
}
