import { digestOf } from '../../src/domain/digest.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { ImagePolicy } from '../../src/domain/policy.ts';
import type { TrustRoot } from '../../src/domain/trust-root.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { listMaterials } from '../../src/policy/judge/list-materials.ts';
import { createKeyMaterial } from '../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../src/verification/check/trust-material.ts';
import { verifyEvidence } from '../../src/verification/check/verify-evidence.ts';
import type { SigstoreWorld } from './sigstore-world.ts';

const MANIFEST = Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}');
/** The image that evidence judged here is about. */
export const JUDGED = { digest: digestOf(MANIFEST), manifest: MANIFEST };

/** Verifies evidence with all the policies name and judges it: what the pipeline does, without a registry. */
export function judgeReal(
  world: SigstoreWorld,
  policies: readonly ImagePolicy[],
  items: readonly Evidence[],
  now: Date,
): Verdict {
  const root: TrustRoot = { name: 'sigstore', document: world.trustedRoot, thresholds: { log: 1, sct: 1, time: 1 } };
  const needed = listMaterials(policies);
  const materials = [
    ...needed.issuers.map((name) => createTrustMaterial({ ...root, name })),
    ...needed.keys.map((key) =>
      createKeyMaterial(key, {
        ...(key.trust !== undefined && { trust: root }),
        ...(key.transparencyLog !== undefined && { transparencyLog: key.transparencyLog }),
      }),
    ),
  ];
  const findings = verifyEvidence({ subject: JUDGED.digest, items }, JUDGED, materials, now);
  return judge({ policies, noMatch: 'alert', image: 'registry.test/acme/app', digest: JUDGED.digest, findings, now });
}
