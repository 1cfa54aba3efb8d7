import type { Config } from '../config/config.ts';
import { checkPolicyRoots } from '../pipeline/judge/check-policy-roots.ts';
import { checkRootUse } from '../pipeline/judge/check-root-use.ts';
import { listMaterials } from '../policy/judge/list-materials.ts';
import type { EpochRecord } from '../ports/epoch-record.ts';
import { createTrustRoots, type ManagedTrustRoots } from '../trust/create-trust-roots.ts';
import type { TrustLogger } from '../trust/refresher.ts';

/** What processes on one record have in common of their trust roots. */
export interface SharedTrust {
  readonly record: EpochRecord;
  /** Whether this process asks for newer roots for all. */
  readonly leads: () => boolean;
}

/**
 * Prepares the trust roots that policies name; another one would be refreshed for nothing. A document verification
 * cannot use is refused here and never takes the place of a good one.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID`; `POLICY_INVALID` for a root that policies bring themselves, or a key that
 *   a root cannot vouch for
 */
export async function openTrust(
  config: Pick<Config, 'trust' | 'policies' | 'dataDir' | 'proxy'>,
  logger: TrustLogger,
  shared?: SharedTrust,
): Promise<ManagedTrustRoots> {
  await checkPolicyRoots(config.policies);
  const { policies } = config.policies;
  const named = new Set(listMaterials(policies).trust);
  return createTrustRoots({
    trust: config.trust.filter(({ name }) => named.has(name)),
    dataDir: config.dataDir,
    proxy: config.proxy,
    record: shared?.record,
    leads: shared?.leads,
    logger,
    check: (root) => checkRootUse(root, policies),
  });
}
