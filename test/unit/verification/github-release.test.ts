import { describe, expect, it } from 'vitest';
import { usualThresholds } from '../../../src/domain/built-in-trust.ts';
import type { Digest } from '../../../src/domain/digest.ts';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { verifyAndJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { createSigstoreWorld, type KeylessRequest, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { alteredRoot, bundleEvidence, check, IMAGE, MANIFEST, NOW, rootOf } from './evidence.ts';
import { readFixture, realRoot } from './real-bundles.ts';

const RELEASES = 'https://dotcom.releases.github.com';
const RELEASE = 'https://in-toto.io/attestation/release/v0.2';

const world = createSigstoreWorld({ now: () => NOW });
const publicGood = createSigstoreWorld({ now: () => NOW });
const { document } = alteredRoot(world, (root) => void Object.assign(root, { tlogs: [], ctlogs: [] }), { log: 0 });
const roots: ReadonlyMap<string, TrustRoot> = new Map([
  ['github', { name: 'github', document, thresholds: usualThresholds('github') }],
  ['sigstore', { ...rootOf(publicGood), name: 'sigstore' }],
]);

/** What GitHub attests of a release: the tag by its commit, then what belongs to it. */
function releaseOf(by: SigstoreWorld, request: KeylessRequest = {}, predicateType = RELEASE): Uint8Array {
  const identity = by.mintKeyless({ subject: RELEASES, rawClaims: { 1: null, 8: null }, ctLog: null, ...request });
  const sha256 = IMAGE.digest.slice('sha256:'.length);
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { uri: 'pkg:github/acme/app@v1.4.2', digest: { sha1: 'c5e17a62e06a1d201570249c61fae531e9244e1b' } },
      { name: 'image', digest: { sha256 } },
    ],
    predicateType,
    predicate: { repository: 'acme/app', tag: 'v1.4.2', purl: 'pkg:github/acme/app@v1.4.2' },
  };
  return by.signPayload({ identity, payload: JSON.stringify(statement), log: 'none', timestamp: true });
}

function policies(signer: object) {
  const attestation = { type: RELEASE, where: 'predicate.repository == "acme/app"', signer };
  const text = JSON.stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'released' },
    spec: { images: ['registry.test/**'], require: [{ name: 'released', attestation }] },
  });
  return parsePolicyDocuments([{ file: 'p.yaml', text }], () => '', {
    trustNames: ['sigstore', 'github', 'acme'],
    noMatch: 'alert',
  });
}

async function judge(bytes: Uint8Array, signer: object): Promise<Verdict> {
  const inForce = policies(signer);
  const materials = await createMaterialStore(() => ({ epoch: 1, roots })).materialsFor(inForce.policies);
  const evidence = { subject: IMAGE.digest, items: [bundleEvidence(bytes)] };
  const image = 'registry.test/acme/app';
  const question = { evidence, manifest: MANIFEST, image, inForce, policies: inForce.policies, now: NOW };
  return verifyAndJudge(question, materials).verdict;
}

describe("GitHub's attestation of a release", () => {
  const byGithub = { trust: 'github', subject: RELEASES };

  it('that GitHub made verifies by the packaged trust root, for what belongs to the release alone', () => {
    const bytes = readFixture('github-release-tsa.json');
    const material = createTrustMaterial(realRoot('github'));
    const about = (digest: Digest) => check(material, bytes, { digest });
    expect(about('sha256:e15b593c6ab8d7725a3cc82226ef816cac6bf9c70eed383bd459295cc65f5ec3' as Digest)).toMatchObject({
      code: 'VERIFIED',
      verified: {
        signer: { trust: 'github', identities: [{ kind: 'uri', value: RELEASES }] },
        signedAt: ['2025-05-30T20:13:39.000Z'],
        statement: { predicateType: 'https://in-toto.io/attestation/release/v0.1' },
      },
    });
    expect(check(material, bytes).code).toBe('SUBJECT_MISMATCH');
    for (const root of ['public-good', 'staging'] as const) {
      const elsewhere = createTrustMaterial(realRoot(root));
      expect(check(elsewhere, bytes, { digest: IMAGE.digest }).code).not.toBe('VERIFIED');
    }
    // Under another name the same root wants an issuer: nobody opted in.
    const renamed = createTrustMaterial({ ...realRoot('github'), name: 'other' });
    const digest = 'sha256:e15b593c6ab8d7725a3cc82226ef816cac6bf9c70eed383bd459295cc65f5ec3' as Digest;
    expect(check(renamed, bytes, { digest }).code).toBe('CERTIFICATE_UNSUITABLE');
  });

  it('satisfies a policy that names the trust root and the subject', async () => {
    const verdict = await judge(releaseOf(world), byGithub);
    expect(verdict).toMatchObject({ outcome: 'pass' });
    expect(verdict.requirements[0]?.found).toBe(`${RELEASES} (vouched for by the trust root github)`);
  });

  it.each([
    ['an issuer', { ...byGithub, issuer: 'https://token.actions.githubusercontent.com' }],
    ['any issuer', { ...byGithub, issuer: { pattern: '.*' } }],
    ['another subject', { trust: 'github', subject: 'https://acme.releases.github.com' }],
    ['claims', { ...byGithub, claims: { sourceRepositoryUri: { pattern: '.*' } } }],
    ['the default trust root', { subject: RELEASES, issuer: { pattern: '.*' } }],
  ])('does not satisfy a policy that names %s', async (_, signer) => {
    expect(await judge(releaseOf(world), signer)).toMatchObject({ outcome: 'fail-evidence' });
  });

  it('cannot be made by a workflow that names itself so: that has an issuer', async () => {
    const workflow = releaseOf(world, { rawClaims: {} });
    expect(await judge(workflow, byGithub)).toMatchObject({ outcome: 'fail-evidence', code: 'SIGNER_NOT_ALLOWED' });
    expect(
      await judge(releaseOf(world, { rawClaims: { 1: null, 8: Buffer.from('0c00', 'hex') } }), byGithub),
    ).toMatchObject({
      outcome: 'fail-evidence',
    });
    expect(await judge(releaseOf(publicGood), byGithub)).toMatchObject({ outcome: 'fail-evidence' });
  });

  it('counts for the type it has: version 0.1 is not version 0.2', async () => {
    const older = releaseOf(world, {}, 'https://in-toto.io/attestation/release/v0.1');
    expect(await judge(older, byGithub)).toMatchObject({ outcome: 'fail-missing' });
  });
});

describe('a signer named by subject and trust root alone', () => {
  it.each([
    ['of the default trust root', { subject: RELEASES }],
    ['of the default trust root by its name', { subject: RELEASES, trust: 'sigstore' }],
    ['of a trust root without chains', { subject: RELEASES, trust: 'acme' }],
    ['without a subject', { trust: 'github' }],
    ['without a subject, but an issuer', { trust: 'github', issuer: 'x' }],
  ])('is a fault (W2) %s', (_, signer) => {
    expect(() => policies(signer)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
  });

  it('is explained where it is a fault', () => {
    try {
      policies({ subject: RELEASES, trust: 'acme' });
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error)).toContain('chains: true');
    }
  });
});
