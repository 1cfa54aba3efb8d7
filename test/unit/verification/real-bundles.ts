import { readFileSync } from 'node:fs';
import { usualThresholds } from '../../../src/domain/built-in-trust.ts';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import { isJsonObject, type JsonObject } from '../../../src/kit/json.ts';
import { readPackagedSeed } from '../../../src/trust/packaged-seed.ts';
import type { VerificationSubject } from '../../../src/verification/read/verification-material.ts';

/** A bundle of `test/fixtures/bundles` with what it takes to verify it. */
export interface RealBundle {
  readonly name: string;
  readonly root: 'public-good' | 'staging' | 'github';
  readonly bytes: Buffer;
  readonly artifact?: Buffer;
  /** What its statement or signature is about. */
  readonly subject: VerificationSubject;
}

const NAMES = [
  ['npm-provenance-slsa1-rekor1', 'public-good'],
  ['npm-provenance-slsa02-rekor1', 'public-good'],
  ['npm-publish-bundle03-dsse', 'public-good'],
  ['slsa1-rekor2-tsa-staging', 'staging'],
  ['message-rekor1-staging', 'staging'],
  ['message-rekor2-tsa-staging', 'staging'],
  ['github-private-slsa1-tsa', 'github'],
] as const;

export function readFixture(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/bundles/${name}`, import.meta.url));
}

export function realRoot(name: RealBundle['root']): TrustRoot {
  const document =
    name === 'github' ? readPackagedSeed(name).document : readFixture(`trusted-root.${name}.json`).toString();
  return { name, document, thresholds: usualThresholds(name) };
}

/** Every real bundle that verifies. */
export function realBundles(): readonly RealBundle[] {
  return NAMES.map(([name, root]) => {
    const bytes = readFixture(`${name}.json`);
    if (!name.startsWith('message')) return { name, root, bytes, subject: { digest: firstSubject(bytes) } };
    const artifact = readFixture(`${name}.artifact`);
    return { name, root, bytes, artifact, subject: { digest: digestOf(artifact), manifest: artifact } };
  });
}

function firstSubject(bytes: Buffer): Digest {
  const { dsseEnvelope } = JSON.parse(bytes.toString()) as { dsseEnvelope: { payload: string } };
  const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as { subject: JsonObject[] };
  const digest = statement.subject[0]?.['digest'];
  const [[algorithm, value] = []] = isJsonObject(digest) ? Object.entries(digest) : [];
  return `${String(algorithm)}:${String(value)}` as Digest;
}
