import { type ImagePolicy, keyMaterialId, type PolicyKey } from '../../domain/policy.ts';
import type { TrustRoot, TrustSnapshot } from '../../domain/trust-root.ts';
import { listMaterials } from '../../policy/judge/list-materials.ts';
import { createKeyMaterial } from '../../verification/check/key-material.ts';
import { createTrustMaterial } from '../../verification/check/trust-material.ts';
import type { VerificationMaterial } from '../../verification/read/verification-material.ts';
import { requireTrust, rootNamed } from './require-trust.ts';

/** Builds verification material once per trust root document and key, and hands out what policies name. */
export interface MaterialStore {
  /** @throws {FaultError} `TRUST_ROOT_UNAVAILABLE` when a root the policies name is not to be had. */
  materialsFor(policies: readonly ImagePolicy[]): Promise<readonly VerificationMaterial[]>;
}

/** @param current the trust roots of this moment. */
export function createMaterialStore(current: () => TrustSnapshot): MaterialStore {
  // Parsing a trust root costs about as much as one verification; both maps stay as small as the configuration.
  const trust = new Map<string, { root: TrustRoot; material: VerificationMaterial }>();
  const keys = new Map<string, { root: TrustRoot | undefined; material: VerificationMaterial }>();

  function keyMaterial(key: PolicyKey, snapshot: TrustSnapshot): VerificationMaterial {
    const root = key.trustRoot ?? (key.trust === undefined ? undefined : rootNamed(key.trust, snapshot));
    const id = keyMaterialId(key);
    const known = keys.get(id);
    if (known !== undefined && isSame(known.root, root)) return known.material;
    const { transparencyLog } = key;
    const options = { ...(root && { trust: root }), ...(transparencyLog && { transparencyLog }) };
    const material = createKeyMaterial(key, options);
    keys.set(id, { root, material });
    return material;
  }

  function materialOf(root: TrustRoot): VerificationMaterial {
    const known = trust.get(root.name);
    if (known !== undefined && isSame(known.root, root)) return known.material;
    const material = createTrustMaterial(root);
    trust.set(root.name, { root, material });
    return material;
  }

  return {
    async materialsFor(policies) {
      const needed = listMaterials(policies);
      const snapshot = requireTrust(policies, current);
      const fromTrust = needed.issuers.map((name) => materialOf(rootNamed(name, snapshot)));
      const fromKeys = needed.keys.map((key) => keyMaterial(key, snapshot));
      return [...fromTrust, ...needed.roots.map(materialOf), ...fromKeys];
    },
  };
}

// Thresholds cannot change while a process lives; what a root says and how old it is can.
function isSame(a: TrustRoot | undefined, b: TrustRoot | undefined): boolean {
  return a?.document === b?.document && a?.stale === b?.stale;
}
