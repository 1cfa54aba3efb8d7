import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import type { ImagePolicy } from '../../../src/domain/policy.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { listMaterials } from '../../../src/policy/judge/list-materials.ts';
import { askedOfEach, askedOfIndex } from '../../../src/policy/read/levels.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { writeRequest } from '../../../src/threads/write-request.ts';
import { DIGEST, IMAGE, NOW, verified } from '../../support/findings.ts';
import { createKeyPair } from '../../support/sigstore-world.ts';

const KEYS = { alice: createKeyPair(), bob: createKeyPair() };
const SPDX = 'https://spdx.dev/Document';
const BOM = 'https://cyclonedx.org/bom';

function policyWith(require: readonly object[]): ImagePolicy {
  const text = JSON.stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'p' },
    spec: { images: ['**'], require },
  });
  const readKey = (path: string) => (path.includes('alice') ? KEYS.alice.pem : KEYS.bob.pem);
  const { policies } = parsePolicyDocuments([{ file: 'p.yaml', text }], readKey, {
    trustNames: ['sigstore'],
    noMatch: 'alert',
  });
  const [policy] = policies;
  if (policy === undefined) throw new Error('no policy');
  return policy;
}

const keyOf = (policy: ImagePolicy, name: string): string =>
  listMaterials([policy]).keys.find((key) => key.name.includes(name))?.keyId ?? '';

function by(policy: ImagePolicy, name: string, predicateType?: string): Finding {
  const keyId = keyOf(policy, name);
  return verified({
    signer: { kind: 'key', keyId },
    ...(predicateType && { predicateType }),
    piece: `${name} ${predicateType}`,
  });
}

function outcomeOf(policy: ImagePolicy, findings: readonly Finding[]): string {
  const verdict = judge({ policies: [policy], noMatch: 'alert', image: IMAGE, digest: DIGEST, findings, now: NOW });
  return `${verdict.outcome}: ${verdict.requirements.map(({ name, code }) => `${name} ${code}`).join(', ')}`;
}

const SIGNED_OR_ATTESTED = {
  name: 'ours',
  anyOf: [
    { signature: { signer: { key: 'alice.pub' } } },
    { name: 'with a bill', attestation: { type: [BOM, SPDX], signer: { key: 'bob.pub' } } },
  ],
};

describe('anyOf over requirements of different kinds', () => {
  const policy = policyWith([SIGNED_OR_ATTESTED]);

  it('is satisfied by any one of them, which alone is told', () => {
    expect(outcomeOf(policy, [by(policy, 'alice')])).toBe('pass: ours (1 of 2) SATISFIED');
    expect(outcomeOf(policy, [by(policy, 'bob', SPDX)])).toBe('pass: ours: with a bill SATISFIED');
  });

  it('tells all of them where none is', () => {
    expect(outcomeOf(policy, [])).toBe(
      'fail-missing: ours (1 of 2) SIGNATURE_MISSING, ours: with a bill ATTESTATION_MISSING',
    );
    expect(outcomeOf(policy, [by(policy, 'bob')])).toContain('fail-missing');
  });

  it('stands beside other entries, each of which must hold, and beside another choice', () => {
    const both = policyWith([
      { name: 'approved', signature: { signer: { key: 'bob.pub' } } },
      SIGNED_OR_ATTESTED,
      { ...SIGNED_OR_ATTESTED, name: 'again' },
    ]);
    expect(outcomeOf(both, [by(both, 'alice')])).toContain('fail');
    expect(outcomeOf(both, [by(both, 'bob')])).toContain('fail');
    expect(outcomeOf(both, [by(both, 'bob'), by(both, 'alice')])).toContain('pass');
  });

  it('is asked of an index, as a whole policy says, and stays when a thread is told which part of it is asked', () => {
    expect(askedOfIndex([policy])).toEqual([policy]);
    expect(askedOfEach([policy])).toEqual([]);
    const each = { ...policy, platforms: 'each' } as const;
    expect(askedOfEach([each])).toEqual([each]);
    const mixed = {
      ...policyWith([
        { name: 'own', platforms: 'each', signature: { signer: { key: 'bob.pub' } } },
        SIGNED_OR_ATTESTED,
      ]),
    };
    const [ofIndex] = askedOfIndex([mixed]);
    expect(ofIndex).toMatchObject({ require: [], anyOf: mixed.anyOf });
    const question = { evidence: { subject: DIGEST, items: [] }, policies: [ofIndex], image: IMAGE, now: NOW };
    const inForce = { revision: 'r', policies: [mixed], noMatch: 'alert' };
    const trust = { epoch: 1, roots: new Map() };
    const { message } = writeRequest(
      { question: { ...question, manifest: Buffer.alloc(0), inForce }, trust } as never,
      {},
    );
    expect(message).toMatchObject({ parts: { p: { requirements: [], alternatives: true } } });
  });

  it('names its keys among those that evidence is tried with', () => {
    expect(listMaterials([policy]).keys).toHaveLength(2);
  });

  it.each([
    [{ ...SIGNED_OR_ATTESTED, platforms: 'each' }, /`platforms` does not go with `anyOf`/],
    [{ name: 'a', anyOf: [] }, /expected at least 2 in the list/],
    [{ name: 'a', anyOf: [SIGNED_OR_ATTESTED.anyOf[0]] }, /expected at least 2 in the list/],
    [{ name: 'a', anyOf: [{ name: 'empty' }, SIGNED_OR_ATTESTED.anyOf[0]] }, /nothing is asked for/],
    [
      { ...SIGNED_OR_ATTESTED, signature: { signer: { key: 'alice.pub' } } },
      /more than one kind of proof: signature, anyOf/,
    ],
    [{ name: 'a', anyOf: [SIGNED_OR_ATTESTED, SIGNED_OR_ATTESTED] }, /anyOf/],
    [{ name: 'a', attestation: { type: [], signer: { key: 'bob.pub' } } }, /type/],
    [
      { name: 'a', attestation: { type: ['cyclonedx'], signer: { key: 'bob.pub' } } },
      /Did you mean https:\/\/cyclonedx/,
    ],
  ])('refuses what leaves no choice: %j', (entry, message) => {
    const issues = (() => {
      try {
        policyWith([entry]);
        return '';
      } catch (error) {
        return JSON.stringify((error as { issues?: unknown }).issues);
      }
    })();
    expect(issues).toMatch(message);
  });
});

describe('an attestation of any of several types', () => {
  const policy = policyWith([{ name: 'bill', attestation: { type: [BOM, SPDX], signer: { key: 'bob.pub' } } }]);

  it('may be of each, and of no other', () => {
    for (const type of [BOM, SPDX]) expect(outcomeOf(policy, [by(policy, 'bob', type)])).toBe('pass: bill SATISFIED');
    expect(outcomeOf(policy, [by(policy, 'bob', 'https://slsa.dev/provenance/v1')])).toContain('ATTESTATION_MISSING');
  });

  it('is told with all of them', () => {
    const { requirements } = judge({
      policies: [policy],
      noMatch: 'alert',
      image: IMAGE,
      digest: DIGEST,
      findings: [],
      now: NOW,
    });
    expect(requirements[0]?.expected).toContain(`of type ${BOM} or ${SPDX} signed`);
    expect(requirements[0]?.advice).toContain(`${BOM} or ${SPDX}`);
  });
});
