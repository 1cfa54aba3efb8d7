import { digestOf } from '../../../src/domain/digest.ts';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { PolicyKey } from '../../../src/domain/policy.ts';
import type { TrustRoot, TrustThresholds } from '../../../src/domain/trust-root.ts';
import type {
  VerificationMaterial,
  VerificationSubject,
} from '../../../src/verification/read/verification-material.ts';
import { type TrustedRootJson, trustedRootJson } from '../../support/sigstore/trusted-root-json.ts';
import type { CosignLayer, SigstoreWorld, TestKey } from '../../support/sigstore-world.ts';

/** The image all evidence here is about. */
export const MANIFEST = Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}');
export const IMAGE: VerificationSubject = { digest: digestOf(MANIFEST), manifest: MANIFEST };
export const OTHER_MANIFEST = Buffer.from('{"schemaVersion":2,"annotations":{"of":"another image"}}');
export const OTHER_IMAGE: VerificationSubject = { digest: digestOf(OTHER_MANIFEST), manifest: OTHER_MANIFEST };

export const NOW = new Date('2026-11-24T12:00:00Z');

/** A bundle as the pipeline hands it over. */
export function bundleEvidence(bytes: Uint8Array): Evidence {
  return { kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes };
}

/** A cosign layer as the pipeline hands it over. */
export function layerEvidence(layer: CosignLayer): Evidence {
  const { bytes, annotations } = layer;
  const isSignature = layer.mediaType.includes('simplesigning');
  const head = { digest: digestOf(bytes), bytes, annotations };
  if (isSignature) return { ...head, kind: 'cosign-signature', place: 'signature-tag' };
  return { ...head, kind: 'cosign-attestation', place: 'attestation-tag' };
}

export function rootOf(world: SigstoreWorld, thresholds: Partial<TrustThresholds> = {}): TrustRoot {
  return { name: 'acme', document: world.trustedRoot, thresholds: { log: 1, sct: 1, time: 1, ...thresholds } };
}

export function policyKey({ keyId, pem }: TestKey, settings: Partial<PolicyKey> = {}): PolicyKey {
  return { keyId, pem, name: 'keys/test.pub', ...settings };
}

/** Checks a bundle about `IMAGE`. */
export function check(material: VerificationMaterial, bytes: Uint8Array, subject = IMAGE): Finding {
  return material.verify(bundleEvidence(bytes), subject, NOW);
}

/** The world's trust root, changed before it is written down. */
export function alteredRoot(
  world: SigstoreWorld,
  alter: (root: TrustedRootJson) => void,
  thresholds: Partial<TrustThresholds> = {},
): TrustRoot {
  const json = trustedRootJson(world.parts);
  alter(json);
  return { ...rootOf(world, thresholds), document: JSON.stringify(json) };
}

/** The item at this place of a list that a test has filled. */
export function item<T>(list: readonly T[] | undefined, at = 0): T {
  const found = list?.[at];
  if (found === undefined) throw new Error(`expected an item at ${at}`);
  return found;
}
