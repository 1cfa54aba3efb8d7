import type { EvidenceContext } from '../read/evidence-schema.ts';
import type { SignerContext } from '../read/signer-schema.ts';
import type { TrustedRootParts } from './trusted-root.ts';

/** What a ClusterImagePolicy may refer to. */
export interface ClusterContext extends SignerContext, EvidenceContext {
  /** The TrustRoots among the files, by name. */
  readonly trustRoots: ReadonlyMap<string, TrustedRootParts>;
}
