import { describe, expect, it } from 'vitest';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { verifyEvidence } from '../../../src/verification/check/verify-evidence.ts';
import { createKeyPair, createSigstoreWorld, GITHUB_ISSUER } from '../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, NOW } from '../verification/evidence.ts';

const DAY_MS = 86_400_000;
const KEY = createKeyPair();
const { digest } = IMAGE;
const world = createSigstoreWorld({ now: () => NOW });
const stranger = createSigstoreWorld({ now: () => NOW, domain: 'stranger.test' });
const BY_KEY = { kind: 'key', key: KEY } as const;

const ALICE = { key: 'alice.pub' };
const WORKFLOW = { issuer: GITHUB_ISSUER, subject: { pattern: 'https://github.com/acme/app/.*' } };

/** The code for an image with this evidence, so many days after it was signed; it may be 30 days old. */
async function codeAfter(days: number, signer: object, ...bundles: readonly Uint8Array[]): Promise<string> {
  const text = JSON.stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'recent' },
    spec: { images: ['**'], require: [{ name: 'recent', signature: { signer, maxAge: '30d' } }] },
  });
  const options = { trustNames: ['sigstore', 'times'], noMatch: 'alert' } as const;
  const { policies } = parsePolicyDocuments([{ file: 'p.yaml', text }], () => KEY.pem, options);
  const roots = new Map<string, TrustRoot>([
    ['sigstore', { name: 'sigstore', document: world.trustedRoot, thresholds: { log: 1, sct: 1, time: 1 } }],
    ['times', { name: 'times', document: world.trustedRoot, thresholds: { log: 0, sct: 0, time: 1 } }],
  ]);
  const materials = await createMaterialStore(() => ({ epoch: 1, roots })).materialsFor(policies);
  const now = new Date(NOW.getTime() + days * DAY_MS);
  const findings = verifyEvidence({ subject: digest, items: bundles.map(bundleEvidence) }, IMAGE, materials, now);
  return judge({ policies, noMatch: 'alert', image: 'registry.test/app', digest, findings, now }).code;
}

describe('`maxAge` with a key', () => {
  it('is not satisfied by a signature whose time nobody vouches for, however new it is', async () => {
    expect(await codeAfter(0, ALICE, world.signImageBundle({ digest, identity: BY_KEY }))).toBe('TIME_UNPROVEN');
  });

  it.each([
    ['an entry in a log', { log: 'rekor1' }],
    ['a timestamp', { timestamp: true }],
    ['an entry in a log without times and a timestamp', { log: 'rekor2', timestamp: true }],
  ] as const)('is satisfied by one with %s, until it is too old', async (_, proof) => {
    const signed = world.signImageBundle({ digest, identity: BY_KEY, ...proof });
    expect(await codeAfter(29, ALICE, signed)).toBe('SATISFIED');
    expect(await codeAfter(31, ALICE, signed)).toBe('EVIDENCE_TOO_OLD');
    expect(await codeAfter(29, { ...ALICE, trust: 'times' }, signed)).toBe('SATISFIED');
  });

  it('is not satisfied by an entry in a log without times, nor by times of authorities nobody trusts', async () => {
    const untimed = world.signImageBundle({ digest, identity: BY_KEY, log: 'rekor2', timestamp: false });
    expect(await codeAfter(0, ALICE, untimed)).toBe('TIME_UNPROVEN');
    for (const proof of [{ log: 'rekor1' }, { timestamp: true }] as const) {
      const foreign = stranger.signImageBundle({ digest, identity: BY_KEY, ...proof });
      expect(await codeAfter(0, ALICE, foreign)).toBe('TIME_UNPROVEN');
    }
  });

  it('is satisfied by a new signature beside old ones and ones without a time', async () => {
    const untimed = world.signImageBundle({ digest, identity: BY_KEY });
    const timed = world.signImageBundle({ digest, identity: BY_KEY, timestamp: true });
    expect(await codeAfter(1, ALICE, untimed, timed)).toBe('SATISFIED');
  });
});

describe('C13: `maxAge` with an identity', () => {
  it('counts from the time the certificate was used', async () => {
    const signed = world.signImageBundle({ digest, identity: world.mintGithub() });
    expect(await codeAfter(29, WORKFLOW, signed)).toBe('SATISFIED');
    expect(await codeAfter(31, WORKFLOW, signed)).toBe('EVIDENCE_TOO_OLD');
  });
});
