import { describe, expect, it } from 'vitest';
import { createKeyMaterial } from '../../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../../src/verification/check/trust-material.ts';
import type { BundleJson } from '../../../support/sigstore/bundle-json.ts';
import { createKeyPair, createSigstoreWorld } from '../../../support/sigstore-world.ts';
import { check, IMAGE, item, MANIFEST, NOW, policyKey, rootOf } from '../evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const identity = world.mintKeyless();
const { digest } = IMAGE;
const message = JSON.parse(Buffer.from(world.signImageBundle({ digest, identity, manifest: MANIFEST })).toString());

const altered = (alter: (bundle: BundleJson) => void, version: '0.1' | '0.3' = '0.3') =>
  check(trust, world.signImageBundle({ digest, identity, version, alter }));

describe('a bundle two readers could read in two ways', () => {
  it('is refused with a message and an envelope', () => {
    const finding = altered((bundle) => Object.assign(bundle, { messageSignature: message.messageSignature }));
    expect(finding).toMatchObject({ code: 'EVIDENCE_MALFORMED', found: 'messageSignature and dsseEnvelope' });
  });

  it('is refused with a certificate and a key, for either material', () => {
    const key = createKeyPair();
    const both = world.signImageBundle({
      digest,
      identity: { kind: 'key', key },
      alter: ({ verificationMaterial }) => {
        verificationMaterial.certificate = { rawBytes: identity.certificate.toString('base64') };
      },
    });
    expect(check(trust, both).code).toBe('EVIDENCE_MALFORMED');
    expect(check(createKeyMaterial(policyKey(key)), both).code).toBe('EVIDENCE_MALFORMED');
  });

  it('is refused with none of them', () => {
    expect(altered((bundle) => delete bundle.dsseEnvelope)).toMatchObject({
      code: 'EVIDENCE_MALFORMED',
      found: 'none',
    });
    expect(altered((bundle) => delete bundle.verificationMaterial.certificate).code).toBe('EVIDENCE_MALFORMED');
  });

  it('is refused when it names a field twice', () => {
    const text = Buffer.from(world.signImageBundle({ digest, identity })).toString();
    const twice = text.replace('{"mediaType"', '{"mediaType":"application/json","mediaType"');
    expect(check(trust, Buffer.from(text)).code).toBe('VERIFIED');
    expect(check(trust, Buffer.from(twice))).toMatchObject({
      code: 'EVIDENCE_MALFORMED',
      message: 'The evidence cannot be read: it names a field twice.',
    });
  });

  it('is refused when the signed statement names a field twice', () => {
    const statement = `{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://example.test/p","subject":[{"digest":{"sha256":"${digest.slice(7)}","sha256":"00"}}]}`;
    expect(check(trust, world.signPayload({ identity, payload: statement })).code).toBe('STATEMENT_MALFORMED');
  });

  it('is refused with two signatures, or none, in its envelope', () => {
    for (const count of [0, 2]) {
      const finding = altered(({ dsseEnvelope }) => {
        const envelope = dsseEnvelope as { signatures?: unknown[] } | undefined;
        if (envelope?.signatures) envelope.signatures = Array.from({ length: count }, () => item(envelope.signatures));
      });
      expect(finding.code).toBe('EVIDENCE_MALFORMED');
    }
  });

  it('is refused with a chain where its version has none', () => {
    const chain = world.parts.authority.chain;
    expect(check(trust, world.signImageBundle({ digest, identity, version: '0.3', chain })).code).toBe(
      'EVIDENCE_MALFORMED',
    );
    expect(check(trust, world.signImageBundle({ digest, identity, version: '0.2', chain })).code).toBe('VERIFIED');
  });

  it('is refused without what its version demands of a log entry', () => {
    const sign = (form: object) =>
      check(trust, world.signImageBundle({ digest, identity, timestamp: true, ...form })).code;
    expect(sign({ version: '0.1', promise: false })).toBe('EVIDENCE_MALFORMED');
    expect(sign({ version: '0.2', proof: false })).toBe('EVIDENCE_MALFORMED');
    expect(sign({ version: '0.3', proof: false })).toBe('EVIDENCE_MALFORMED');
  });

  it('is refused with a hash nobody signs images with', () => {
    const bytes = world.signImageBundle({
      digest,
      identity,
      manifest: MANIFEST,
      alter: ({ messageSignature }) => Object.assign(messageSignature?.messageDigest ?? {}, { algorithm: 'SHA3_256' }),
    });
    expect(check(trust, bytes).code).toBe('EVIDENCE_UNSUPPORTED');
  });
});

describe('a member that is null', () => {
  it('is one that is not there, as in all JSON of protocol buffers', () => {
    const finding = altered((bundle) => {
      Object.assign(bundle, { messageSignature: null });
      const unset = { x509CertificateChain: null, publicKey: null, timestampVerificationData: null };
      Object.assign(bundle.verificationMaterial, unset);
    });
    expect(finding.code).toBe('VERIFIED');
    const proofOnly = world.signImageBundle({
      digest,
      identity,
      log: 'rekor2',
      alter: ({ verificationMaterial }) =>
        Object.assign(item(verificationMaterial.tlogEntries), { inclusionPromise: null, integratedTime: null }),
    });
    expect(check(trust, proofOnly).code).toBe('VERIFIED');
    const key = createKeyPair();
    const alone = world.signImageBundle({
      digest,
      identity: { kind: 'key', key },
      alter: ({ verificationMaterial }) => Object.assign(verificationMaterial, { tlogEntries: null }),
    });
    expect(check(createKeyMaterial(policyKey(key)), alone).code).toBe('VERIFIED');
  });
});

describe('a member of the wrong type', () => {
  it.each<[string, object]>([
    ['log entries', { tlogEntries: {} }],
    ['timestamps', { timestampVerificationData: { rfc3161Timestamps: 'none' } }],
    ['certificates', { certificate: null, x509CertificateChain: { certificates: {} } }],
  ])('makes the bundle unreadable: %s', (_, change) => {
    const finding = altered(({ verificationMaterial }) => Object.assign(verificationMaterial, change), '0.1');
    expect(finding.code).toBe('EVIDENCE_MALFORMED');
  });
});

describe('what is no bundle', () => {
  it.each(['[]', 'null', '"text"', '1', '{}', '{"mediaType":1}'])('%s is not taken for one', (text) => {
    expect(check(trust, Buffer.from(text)).code).toMatch(/^EVIDENCE_(MALFORMED|UNSUPPORTED)$/);
  });

  it('does not reach into prototypes', () => {
    const text = Buffer.from(world.signImageBundle({ digest, identity })).toString();
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const polluted = text.replace('{"mediaType"', `{"${name}":{"polluted":true,"mediaType":"x"},"mediaType"`);
      expect(check(trust, Buffer.from(polluted)).code).toMatch(/^(VERIFIED|EVIDENCE_MALFORMED)$/);
      expect('polluted' in {}).toBe(false);
    }
  });
});
