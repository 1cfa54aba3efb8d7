import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { SignerRule } from '../../../src/domain/policy.ts';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { attestationBy, policyOf } from '../../support/findings.ts';
import { JUDGED, judgeReal } from '../../support/judge-evidence.ts';
import type { CosignForm } from '../../support/sigstore/cosign-layers.ts';
import { createKeyPair, createSigstoreWorld, type TestKey, type TestSigner } from '../../support/sigstore-world.ts';
import { layerEvidence, NOW, policyKey, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const predicateType = 'https://cyclonedx.org/bom';
const { digest } = JUDGED;
const [alice, bob, mallory] = [createKeyPair(), createKeyPair('rsa2048'), createKeyPair('ed25519')];
const by = (key: TestKey): TestSigner => ({ kind: 'key', key });

const layerBy = (identity: TestSigner, form: CosignForm = {}) =>
  world.cosignAttestation({ digest, identity, predicateType, ...form });
const envelopeOf = ({ bytes }: { bytes: Uint8Array }) =>
  JSON.parse(Buffer.from(bytes).toString()) as { signatures: unknown[] };
const signatureOf = (signer: TestSigner): unknown => envelopeOf(layerBy(signer)).signatures[0];

/** A layer of cosign whose envelope has these signatures. */
function signedBy(signatures: readonly unknown[], layer = layerBy(by(alice))): Evidence {
  const bytes = Buffer.from(JSON.stringify({ ...envelopeOf(layer), signatures }));
  return layerEvidence({ ...layer, bytes });
}

const codes = (evidence: Evidence): readonly string[] =>
  [alice, bob, mallory].map((key) => createKeyMaterial(policyKey(key)).verify(evidence, JUDGED, NOW).code);

describe('an attestation under a tag of cosign, with several signatures', () => {
  it('is of each of its signers, in any order, and of no other', () => {
    const both = [signatureOf(by(alice)), signatureOf(by(bob))];
    for (const signatures of [both, both.toReversed(), [...both, ...both]]) {
      expect(codes(signedBy(signatures))).toEqual(['VERIFIED', 'VERIFIED', 'SIGNATURE_INVALID']);
    }
  });

  it.each([
    ['a forged one', { sig: Buffer.alloc(70, 1).toString('base64') }],
    ['one that is no text', { sig: 7 }],
    ['one that is not base64', { sig: '!!' }],
    ['none', {}],
    ['nothing', null],
    ['an empty one', { sig: '' }],
    ["a stranger's", signatureOf(by(createKeyPair()))],
    ['one that claims to be by another key', { ...(signatureOf(by(mallory)) as object), keyid: alice.keyId }],
  ])('is still of those who signed, beside %s, and credits nobody for it', (_, bad) => {
    const good = signatureOf(by(bob));
    for (const signatures of [
      [bad, good],
      [good, bad],
    ]) {
      expect(codes(signedBy(signatures)).slice(0, 2)).toEqual(['SIGNATURE_INVALID', 'VERIFIED']);
    }
  });

  it('counts once for each signer: two signatures of one are one', () => {
    const rules = [alice, bob].map(({ keyId, pem }): SignerRule => ({ kind: 'key', key: { keyId, pem, name: keyId } }));
    const asks = [policyOf([attestationBy(rules, { predicateTypes: [predicateType], atLeast: 2 })])];
    const outcome = (...signers: readonly TestKey[]) =>
      judgeReal(world, asks, [signedBy(signers.map((key) => signatureOf(by(key))))], NOW).outcome;
    expect(outcome(alice, bob)).toBe('pass');
    expect(outcome(mallory, bob, alice)).toBe('pass');
    expect(outcome(alice, alice)).toBe('fail-missing');
    expect(outcome(alice, mallory)).toBe('fail-missing');
    expect(outcome(mallory, mallory)).toBe('fail-evidence');
  });

  it('is of the certificate beside it by the signature that this made, which the log must name', () => {
    const trust = createTrustMaterial(rootOf(world));
    const identity = world.mintGithub();
    const check = (evidence: Evidence) => trust.verify(evidence, JUDGED, NOW);
    // An entry about the whole envelope is about this one only; a timestamp covers it whole as well.
    const stamped = createTrustMaterial(rootOf(world, { log: 0 }));
    const layer = layerBy(identity, { log: false });
    const own = envelopeOf(layer).signatures[0];
    const signatures = [signatureOf(by(mallory)), own];
    const evidence = signedBy(signatures, layer);
    const token = world.parts.tsa.stamp(evidence.kind === 'cosign-attestation' ? evidence.bytes : Buffer.alloc(0), {
      at: NOW,
    });
    const annotation = JSON.stringify({ SignedRFC3161Timestamp: token.toString('base64') });
    const withToken = (one: Evidence): Evidence => {
      if (one.kind !== 'cosign-attestation') throw new Error('expected an attestation');
      return { ...one, annotations: { ...one.annotations, 'dev.sigstore.cosign/rfc3161timestamp': annotation } };
    };
    expect(stamped.verify(withToken(evidence), JUDGED, NOW).code).toBe('VERIFIED');
    const without = signedBy([signatureOf(by(mallory)), signatureOf(by(alice))], layer);
    expect(stamped.verify(withToken(without), JUDGED, NOW).code).not.toBe('VERIFIED');
    // The log entry of the envelope with one signature is not that of the envelope with two.
    expect(check(signedBy(signatures, layerBy(identity))).code).toBe('LOG_ENTRY_MISMATCH');
  });

  it('names the setting that a key needs, whichever of them is its', () => {
    const signer = { kind: 'key', key: bob, style: { padding: 'pss' } } as const;
    const evidence = signedBy([signatureOf(by(alice)), signatureOf(signer)]);
    const finding = createKeyMaterial(policyKey(bob)).verify(evidence, JUDGED, NOW);
    expect(finding).toMatchObject({ code: 'SIGNATURE_INVALID', found: '`padding: pss`' });
  });
});
