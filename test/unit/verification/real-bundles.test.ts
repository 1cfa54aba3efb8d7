import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/domain/digest.ts';
import { digestOf } from '../../../src/domain/digest.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { bundleEvidence, IMAGE, NOW } from './evidence.ts';
import { readFixture, realBundles, realRoot } from './real-bundles.ts';

const materials = {
  'public-good': createTrustMaterial(realRoot('public-good')),
  staging: createTrustMaterial(realRoot('staging')),
  github: createTrustMaterial(realRoot('github')),
};
const bundles = realBundles();
const named = (name: string) => {
  const found = bundles.find((bundle) => bundle.name === name);
  if (found === undefined) throw new Error(`no bundle ${name}`);
  return found;
};
const judge = (name: string, subject = named(name).subject, root = named(name).root) =>
  materials[root].verify(bundleEvidence(named(name).bytes), subject, NOW);

describe('a bundle of a real Sigstore instance', () => {
  it.each([
    [
      'npm-provenance-slsa1-rekor1',
      'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
    ],
    [
      'npm-provenance-slsa02-rekor1',
      'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
    ],
    ['npm-publish-bundle03-dsse', 'brian@dehamer.com'],
    [
      'slsa1-rekor2-tsa-staging',
      'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main',
    ],
    ['message-rekor1-staging', 'william@yossarian.net'],
    ['message-rekor2-tsa-staging', 'jku@goto.fi'],
    [
      'github-private-slsa1-tsa',
      'https://github.com/actions/attest-demo/.github/workflows/build-python.yml@refs/heads/main',
    ],
  ])('%s verifies for what it is about, signed by %s', (name, signer) => {
    const { code, verified } = judge(name);
    expect(code).toBe('VERIFIED');
    expect(verified?.signer).toMatchObject({ kind: 'certificate', identities: [{ value: signer }] });
    expect(verified?.signedAt).toHaveLength(1);
  });

  it.each(bundles.map(({ name }) => name))('%s says nothing about an image', (name) => {
    expect(judge(name, IMAGE).code).toBe('SUBJECT_MISMATCH');
  });

  it('names a sha512 only, which is not enough for an image named by its sha256', () => {
    const { digest } = named('npm-provenance-slsa1-rekor1').subject;
    expect(digest).toMatch(/^sha512:/);
    const prefix = `sha256:${digest.slice('sha512:'.length, 'sha512:'.length + 64)}` as Digest;
    expect(judge('npm-provenance-slsa1-rekor1', { digest: prefix })).toMatchObject({
      code: 'SUBJECT_MISMATCH',
      found: 'no sha256 digest',
    });
  });

  it('is about the digest it names, and no other', () => {
    const digest = 'sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf' as Digest;
    expect(judge('slsa1-rekor2-tsa-staging', { digest }).code).toBe('VERIFIED');
    const other = digest.replace('a0', 'a1') as Digest;
    expect(judge('slsa1-rekor2-tsa-staging', { digest: other }).code).toBe('SUBJECT_MISMATCH');
  });

  it.each(['message-rekor1-staging', 'message-rekor2-tsa-staging'])('%s fails over any other artifact', (name) => {
    const manifest = Buffer.concat([named(name).artifact ?? Buffer.alloc(0), Buffer.from('\n')]);
    expect(judge(name, { digest: digestOf(manifest), manifest }).code).toBe('SUBJECT_MISMATCH');
    expect(judge(name, { digest: named(name).subject.digest }).code).toBe('VERIFIED');
  });

  it.each(bundles)('$name fails under the trust root of any other instance', ({ name, root, subject }) => {
    const others = (['public-good', 'staging', 'github'] as const).filter((other) => other !== root);
    for (const other of others) expect(judge(name, subject, other).code).not.toBe('VERIFIED');
  });

  it('with dozens of timestamps is over the limit, and refused without looking at one', () => {
    const finding = materials.staging.verify(bundleEvidence(readFixture('hostile-many-timestamps.json')), IMAGE, NOW);
    expect(finding).toMatchObject({ code: 'EVIDENCE_OVER_LIMIT', expected: 'at most 4', found: '33' });
  });
});
