import { type ImagePolicy, keyMaterialId, type PolicyKey, type Requirement } from '../../domain/policy.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';

/** What evidence must be tried with: names of trust roots, roots the policies bring themselves, and keys. */
export interface NeededMaterials {
  /** Trust roots that must be at hand. */
  readonly trust: readonly string[];
  /** Those of them whose certificates count; the others only vouch for what keys signed. */
  readonly issuers: readonly string[];
  /** Each `name` is one no configured root can have. */
  readonly roots: readonly TrustRoot[];
  readonly keys: readonly PolicyKey[];
}

/** The trust roots and keys that any signer of these policies names, each once. */
export function listMaterials(policies: readonly ImagePolicy[]): NeededMaterials {
  const issuers = new Set<string>();
  const vouchers = new Set<string>();
  const roots = new Map<string, TrustRoot>();
  const keys = new Map<string, PolicyKey>();
  for (const rule of policies.flatMap(requirementsOf).flatMap((requirement) => requirement.of)) {
    if (rule.kind === 'key') {
      keys.set(keyMaterialId(rule.key), rule.key);
      if (rule.key.trust !== undefined && rule.key.trustRoot === undefined) vouchers.add(rule.key.trust);
    } else if (rule.trustRoot === undefined) issuers.add(rule.trust);
    else roots.set(rule.trust, rule.trustRoot);
  }
  return {
    trust: [...issuers.union(vouchers)],
    issuers: [...issuers],
    roots: [...roots.values()],
    keys: [...keys.values()],
  };
}

/** Everything a policy may ask for, in whatever combination. */
export function requirementsOf(policy: ImagePolicy): readonly Requirement[] {
  const ways = [...(policy.alternatives ?? []), ...(policy.anyOf ?? []).flat()];
  return [...policy.require, ...ways.flatMap(({ require }) => require)];
}
