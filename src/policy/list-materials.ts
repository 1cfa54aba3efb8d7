import { type ImagePolicy, keyMaterialId, type PolicyKey, type Requirement } from '../domain/policy.ts';
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
    if (rule.kind === 'key') {
      keys.set(keyMaterialId(rule.key), rule.key);
      if (rule.key.trust !== undefined && rule.key.trustRoot === undefined) trust.add(rule.key.trust);
    } else if (rule.trustRoot === undefined) trust.add(rule.trust);
    else roots.set(rule.trust, rule.trustRoot);
  }
  return { trust: [...trust], roots: [...roots.values()], keys: [...keys.values()] };
}

/** Everything a policy may ask for, in whatever combination. */
export function requirementsOf(policy: ImagePolicy): readonly Requirement[] {
  return [...policy.require, ...(policy.alternatives ?? []).flatMap(({ require }) => require)];
}
