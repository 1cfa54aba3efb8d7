import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../../../src/domain/digest.ts';
import type { VouchedStatements } from '../../../../src/domain/evidence.ts';
import type { Finding } from '../../../../src/domain/finding.ts';
import { createTrustMaterial } from '../../../../src/verification/check/trust-material.ts';
import { verifyEvidence } from '../../../../src/verification/check/verify-evidence.ts';
import { createSigstoreWorld } from '../../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, NOW, OTHER_IMAGE, rootOf } from '../evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const identity = world.mintKeyless();
const PROVENANCE = 'https://slsa.dev/provenance/v1';

const LIST = Buffer.from('{"schemaVersion":2,"layers":["the statements"]}');
const by = digestOf(LIST);
const signedList = world.signImageBundle({ digest: by, identity });

/** What comes of a signed list of these statements, for the image. */
function findingsOf(written: readonly unknown[], signature: Uint8Array = signedList): readonly Finding[] {
  const statements = written.map((one) => {
    const bytes = Buffer.isBuffer(one) ? one : Buffer.from(JSON.stringify(one));
    return { digest: digestOf(bytes), bytes };
  });
  const vouches: VouchedStatements = { by, manifest: LIST, statements };
  const items = [{ ...bundleEvidence(signature), vouches }];
  return verifyEvidence({ subject: IMAGE.digest, items }, IMAGE, [trust], NOW);
}
const codesOf = (...args: Parameters<typeof findingsOf>): readonly string[] =>
  findingsOf(...args).map((one) => one.code);

function statementAbout(image: Digest, more: Record<string, unknown> = {}): Record<string, unknown> {
  const digest = { sha256: image.slice('sha256:'.length) };
  const subject = [{ name: 'app', digest }];
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: PROVENANCE,
    predicate: { buildDefinition: {} },
    ...more,
  };
}
const good = statementAbout(IMAGE.digest);

describe('a signed list of statements', () => {
  it('makes those about the image statements of whoever signed it', () => {
    const [finding, ...more] = findingsOf([statementAbout(OTHER_IMAGE.digest), good]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      code: 'VERIFIED',
      claim: { kind: 'attestation', predicateType: PROVENANCE },
      verified: { signer: { kind: 'certificate' }, statement: { predicateType: PROVENANCE } },
    });
    expect(finding?.evidence.digest).toBe(digestOf(Buffer.from(JSON.stringify(good))));
  });

  it('takes statements of either version of in-toto', () => {
    expect(codesOf([{ ...good, _type: 'https://in-toto.io/Statement/v0.1' }])).toEqual(['VERIFIED']);
  });

  it.each([
    ['bytes that are no JSON', Buffer.from('{"_type":')],
    ['bytes that name a field twice', Buffer.from(JSON.stringify(good).replace('{', '{"predicate":{},'))],
    ['a list', [good]],
    ['a statement about another image', statementAbout(OTHER_IMAGE.digest)],
    ['a statement of another type', { ...good, _type: 'https://example.test/Statement' }],
    ['a statement without a type of its predicate', { ...good, predicateType: 5 }],
    ['a statement whose predicate is text', { ...good, predicate: 'built by me' }],
    ['a statement whose subject is no list', { ...good, subject: { digest: { sha256: IMAGE.digest.slice(7) } } }],
    ['a subject that is text', { ...good, subject: [IMAGE.digest] }],
    ['a digest that is text', { ...good, subject: [{ digest: IMAGE.digest }] }],
  ])('proves nothing by %s, and hides no other by it', (_, written) => {
    expect(findingsOf([written])).toMatchObject([{ code: 'SUBJECT_MISMATCH', expected: IMAGE.digest }]);
    expect(codesOf([written, good])).toEqual(['VERIFIED']);
  });

  it('proves nothing where it is empty', () => {
    expect(codesOf([])).toEqual(['SUBJECT_MISMATCH']);
  });

  it('proves nothing where what was signed is an attestation about the list: that says nothing of what it lists', () => {
    const scan = world.attest({
      digest: by,
      identity,
      predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1',
    });
    expect(codesOf([good], scan)).toEqual(['SUBJECT_MISMATCH']);
  });

  it('proves nothing where another list was signed', () => {
    const other = world.signImageBundle({ digest: OTHER_IMAGE.digest, identity });
    expect(codesOf([good], other)).toEqual(['SUBJECT_MISMATCH']);
  });
});
