import type { ImagePolicy, PolicyKey, Requirement } from '../domain/policy.ts';
import type { TrustRoot } from '../domain/trust-root.ts';

/** What evidence must be tried with: names of trust roots, roots the policies bring themselves, and keys. */
export interface NeededMaterials {
  readonly trust: readonly string[];
  /** Each `name` is one no configured root can have. */
  readonly roots: readonly TrustRoot[];
  readonly keys: readonly PolicyKey[];
}

/** The trust roots and keys that any signer of these policies names, each once. */
export function listMaterials(policies: readonly ImagePolicy[]): NeededMaterials {
  const trust = new Set<string>();
  const roots = new Map<string, TrustRoot>();
  const keys = new Map<string, PolicyKey>();
  for (const rule of policies.flatMap(requirementsOf).flatMap((requirement) => requirement.of)) {
    if (rule.kind === 'identity' && rule.trustRoot !== undefined) roots.set(rule.trust, rule.trustRoot);
    else if (rule.kind === 'identity') trust.add(rule.trust);
    // One key under two settings is two materials: each setting verifies other signatures.
    else keys.set(JSON.stringify([rule.key.keyId, rule.key.hash, rule.key.padding, rule.key.encoding]), rule.key);
  }
  return { trust: [...trust], roots: [...roots.values()], keys: [...keys.values()] };
}

/** Everything a policy may ask for, in whatever combination. */
export function requirementsOf(policy: ImagePolicy): readonly Requirement[] {
  return [...policy.require, ...(policy.alternatives ?? []).flatMap(({ require }) => require)];
}
