import type { ImagePolicy } from '../../domain/policy.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';
import { listMaterials } from '../../policy/judge/list-materials.ts';
import { createKeyMaterial } from '../../verification/check/key-material.ts';
import { createTrustMaterial } from '../../verification/check/trust-material.ts';

/**
 * Tries a trust root in every way these policies use it: for certificates, or only for what vouches for keys, which
 * needs no certificate authority. Otherwise a mistake would show only at the first image, and leave every verdict open.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID`; `POLICY_INVALID` for a key it cannot vouch for as the policy asks
 */
export function checkRootUse(root: TrustRoot, policies: readonly ImagePolicy[]): void {
  const { issuers, keys } = listMaterials(policies);
  const vouchedFor = keys.filter(({ trust, trustRoot }) => trust === root.name && trustRoot === undefined);
  if (issuers.includes(root.name) || vouchedFor.length === 0) createTrustMaterial(root);
  for (const key of vouchedFor) {
    const { transparencyLog } = key;
    createKeyMaterial(key, { trust: root, ...(transparencyLog && { transparencyLog }) });
  }
}
