import { describe, expect, it } from 'vitest';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { verifyEvidence } from '../../../src/verification/check/verify-evidence.ts';
import { createKeyPair, createSigstoreWorld, type TestKey } from '../../support/sigstore-world.ts';
import { trustRootYaml } from '../../support/trust-root-yaml.ts';
import { bundleEvidence, IMAGE, NOW } from '../verification/evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const ALICE = createKeyPair();
const BOB = createKeyPair();
const { digest } = IMAGE;
const SPDX = 'https://spdx.dev/Document';

const data = (key: TestKey, more = ''): string => `key: { data: ${JSON.stringify(key.pem)}${more} }`;
const signedBy = (key: TestKey, form: object = {}): Uint8Array =>
  world.signImageBundle({ digest, identity: { kind: 'key', key }, ...form });
const attestedBy = (key: TestKey, predicateType = SPDX): Uint8Array =>
  world.attest({ digest, identity: { kind: 'key', key }, predicateType });

/** The verdict on an image with this evidence under a policy with these authorities. */
async function verdictOn(authorities: readonly string[], ...bundles: readonly Uint8Array[]) {
  const text = `${trustRootYaml(world, 'house')}
---
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: one }
spec:
  images: [{ glob: "**" }]
  authorities:
${authorities.map((authority) => `    - ${authority.replaceAll('\n', '\n      ')}`).join('\n')}
`;
  const options = { trustNames: ['sigstore'], noMatch: 'alert' } as const;
  const { policies } = parsePolicyDocuments([{ file: 'cip.yaml', text }], () => '', options);
  const store = createMaterialStore(() => ({ epoch: 1, roots: new Map() }));
  const materials = await store.materialsFor(policies);
  const items = bundles.map(bundleEvidence);
  const findings = verifyEvidence({ subject: digest, items }, IMAGE, materials, NOW);
  return judge({ policies, noMatch: 'alert', image: 'r.test/a', digest, findings, now: NOW });
}

const outcomeOf = async (...given: Parameters<typeof verdictOn>) => (await verdictOn(...given)).outcome;

describe('authorities of different kinds in one policy: any suffices, with all it asks for', () => {
  it('a timestamp is asked of the one authority that wants it', async () => {
    const authorities = [`${data(ALICE)}\nrfc3161timestamp: { trustRootRef: house }`, data(BOB)];
    expect(await outcomeOf(authorities, signedBy(ALICE))).toBe('fail-evidence');
    expect(await outcomeOf(authorities, signedBy(ALICE, { timestamp: true }))).toBe('pass');
    expect(await outcomeOf(authorities, signedBy(BOB))).toBe('pass');
    expect(await outcomeOf(authorities.toReversed(), signedBy(ALICE))).toBe('fail-evidence');
  });

  it('attestations are asked of the one authority that lists them', async () => {
    const authorities = [`${data(ALICE)}\nattestations: [{ name: a, predicateType: spdx }]`, data(BOB)];
    expect(await outcomeOf(authorities, signedBy(ALICE))).toBe('fail-missing');
    expect(await outcomeOf(authorities, attestedBy(ALICE))).toBe('pass');
    expect(await outcomeOf(authorities, signedBy(BOB))).toBe('pass');
    expect(await outcomeOf(authorities, attestedBy(BOB))).not.toBe('pass');
  });

  it('several attestations of one authority must all be there, whatever another authority has', async () => {
    const both = '[{ name: a, predicateType: spdx }, { name: b, predicateType: vuln }]';
    const vuln = 'https://cosign.sigstore.dev/attestation/vuln/v1';
    const authorities = [ALICE, BOB].map((key) => `${data(key)}\nattestations: ${both}`);
    expect(await outcomeOf(authorities, attestedBy(ALICE), attestedBy(BOB, vuln))).not.toBe('pass');
    expect(await outcomeOf(authorities, attestedBy(ALICE), attestedBy(ALICE, vuln))).toBe('pass');
    expect(await outcomeOf(authorities, attestedBy(BOB), attestedBy(BOB, vuln))).toBe('pass');
  });

  it('a static pass suffices beside anything, and a static denial never does', async () => {
    for (const other of [data(ALICE), `${data(ALICE)}\nattestations: [{ name: a, predicateType: spdx }]`]) {
      expect(await outcomeOf([other, 'static: { action: pass }'])).toBe('pass');
      expect(await outcomeOf(['static: { action: fail }', other])).toBe('fail-missing');
    }
    expect(await outcomeOf(['static: { action: fail }', data(ALICE)], signedBy(ALICE))).toBe('pass');
    expect(await outcomeOf(['static: { action: fail }'], signedBy(ALICE))).toBe('fail-evidence');
  });

  it('a denial is told in its own words, where it has any', async () => {
    const found = async (authority: string): Promise<string> =>
      (await verdictOn([authority])).requirements.map((result) => result.found).join();
    expect(await found('static: { action: fail, message: "end of life" }')).toContain('end of life');
    expect(await found('static: { action: fail }')).toMatch(/whatever it proves\.$/);
  });
});

describe('the name of an authority', () => {
  it('is its own, or its place in the list', async () => {
    const names = async (...authorities: readonly string[]): Promise<readonly string[]> =>
      (await verdictOn(authorities)).requirements.map(({ name }) => name);
    expect(await names(`name: release\n${data(ALICE)}`)).toEqual(['release']);
    expect(await names(data(ALICE))).toEqual(['authority-0']);
    expect(await names(`name: release\n${data(ALICE)}`, data(BOB))).toEqual(['release or authority-1']);
    expect(await names(`${data(ALICE)}\nattestations: [{ name: bom, predicateType: spdx }]`)).toEqual([
      'authority-0: bom',
    ]);
  });
});

describe('`key.hashAlgorithm`', () => {
  it.each(['sha384', 'sha512', 'SHA512', ' sha384 '])('%j is the only hash that counts then', async (hash) => {
    expect(await outcomeOf([data(ALICE, `, hashAlgorithm: "${hash}"`)], signedBy(ALICE))).toBe('fail-evidence');
  });

  it.each(['sha256', 'SHA256', '', ' '])('%j is what is usual', async (hash) => {
    expect(await outcomeOf([data(ALICE, `, hashAlgorithm: "${hash}"`)], signedBy(ALICE))).toBe('pass');
  });

  it('is nothing to an Ed25519 key, which has its own', async () => {
    const key = createKeyPair('ed25519');
    expect(await outcomeOf([data(key, ', hashAlgorithm: sha512')], signedBy(key))).toBe('pass');
  });
});
