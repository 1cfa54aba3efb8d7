import type { ImagePolicy } from '../../domain/policy.ts';
import type { TrustRoot, TrustSnapshot } from '../../domain/trust-root.ts';
import { FaultError } from '../../kit/errors.ts';
import { listMaterials } from '../../policy/judge/list-materials.ts';

/**
 * The trust roots of this moment, all that these policies name among them.
 * @throws {FaultError} `TRUST_ROOT_UNAVAILABLE` when one they name is not to be had, and what `current` throws.
 */
export function requireTrust(policies: readonly ImagePolicy[], current: () => TrustSnapshot): TrustSnapshot {
  // This is called even if only keys are named: it throws when this machine's clock cannot be believed, and keys have a
  // validity too.
  const snapshot = current();
  for (const name of listMaterials(policies).trust) rootNamed(name, snapshot);
  return snapshot;
}

/** @throws {FaultError} `TRUST_ROOT_UNAVAILABLE` */
export function rootNamed(name: string, snapshot: TrustSnapshot): TrustRoot {
  const root = snapshot.roots.get(name);
  if (root !== undefined) return root;
  const why = snapshot.unavailable?.get(name) ?? 'it is not configured';
  throw new FaultError('TRUST_ROOT_UNAVAILABLE', `the trust root "${name}" is not available: ${why}`, {
    retryable: true,
    hint: 'Run `lazaret doctor`: it says where the trust root comes from and what keeps it away.',
  });
}
