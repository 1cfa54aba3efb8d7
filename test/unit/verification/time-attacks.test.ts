import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import type { BundleForm, BundleJson } from '../../support/sigstore/bundle-json.ts';
import {
  createTimestampAuthority,
  TIME_STAMPING,
  type TimestampAuthority,
} from '../../support/sigstore/timestamp-authority.ts';
import { authorityJson } from '../../support/sigstore/trusted-root-json.ts';
import { createKeyPair, createSigstoreWorld, type TestKey } from '../../support/sigstore-world.ts';
import { alteredRoot, check, IMAGE, item, layerEvidence, NOW, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const byTimestamp = { log: 0 };
const trust = createTrustMaterial(rootOf(world, byTimestamp));
const identity = world.mintKeyless();
const { digest } = IMAGE;
const since = '2026-11-23T12:00:00Z';

/** A bundle whose only proof of time is a timestamp. */
const sign = (form: BundleForm = {}): Uint8Array =>
  world.signImageBundle({ digest, identity, log: 'none', timestamp: true, ...form });

describe('the time in a timestamp (W12)', () => {
  it.each(['', '.1', '.01', '.12', '.500', '.1234', '.123456789'])('may have the fraction %o', (fraction) => {
    const { code, verified } = check(trust, sign({ timestampFraction: fraction }));
    expect(code).toBe('VERIFIED');
    const milliseconds = fraction.slice(1, 4).padEnd(3, '0');
    expect(verified?.signedAt).toEqual([`2026-11-24T12:00:00.${milliseconds}Z`]);
  });

  it.each(['.', '.1234567890', ',5', '.5Z0'])('is refused with the fraction %o', (timestampFraction) => {
    expect(check(trust, sign({ timestampFraction })).code).toBe('TIMESTAMP_INVALID');
  });

  it('counts with its fraction: half a second too late is too late', () => {
    const end = new Date(NOW.getTime() + 600_000);
    expect(check(trust, sign({ timestampAt: end })).code).toBe('VERIFIED');
    expect(check(trust, sign({ timestampAt: end, timestampFraction: '.5' })).code).toBe('SIGNER_UNVERIFIABLE');
  });
});

describe('who made a timestamp', () => {
  const stranger = createTimestampAuthority(new Date(since), new Date('2036-01-01T00:00:00Z'));

  it('must be in the trust root', () => {
    const other = createSigstoreWorld({ now: () => NOW });
    const bundle = other.signImageBundle({ digest, identity, log: 'none', timestamp: true });
    expect(check(trust, bundle)).toMatchObject({
      code: 'TIMESTAMP_INVALID',
      message:
        'The timestamp that came with the signature cannot be used: no authority of the trust root "acme" made it.',
    });
  });

  it('is not told by the certificates in it: a foreign one in front changes nothing (CVE-2026-39984)', () => {
    const own = world.parts.tsa.chain;
    expect(check(trust, sign({ timestampCertificates: [...stranger.chain, ...own] })).code).toBe('VERIFIED');
    expect(check(trust, sign({ timestampCertificates: [identity.certificate, ...own] })).code).toBe('VERIFIED');
  });

  it('must have been in use then: retired, not yet, or by the window of another authority', () => {
    const windowed = (start: string, end?: string) =>
      createTrustMaterial(
        alteredRoot(
          world,
          ({ timestampAuthorities }) => {
            item(timestampAuthorities).validFor = { start, ...(end !== undefined && { end }) };
            timestampAuthorities.push(authorityJson('stranger', stranger.chain, { start: since }));
          },
          byTimestamp,
        ),
      );
    expect(check(windowed(since, '2026-11-24T11:00:00Z'), sign()).code).toBe('TIMESTAMP_INVALID');
    expect(check(windowed('2026-11-24T13:00:00Z'), sign()).code).toBe('TIMESTAMP_INVALID');
    expect(check(windowed(since), sign()).code).toBe('VERIFIED');
    expect(check(windowed(NOW.toISOString(), NOW.toISOString()), sign()).code).toBe('VERIFIED');
  });

  it('must have been certified then, by the root it is listed with', () => {
    const stampedBy = (authority: typeof stranger, chain = authority.chain) => {
      const alter = (bundle: BundleJson): void => {
        const [{ sig }] = (bundle.dsseEnvelope as unknown as { signatures: [{ sig: string }] }).signatures;
        const signedTimestamp = authority.stamp(Buffer.from(sig, 'base64'), { at: NOW }).toString('base64');
        bundle.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      };
      const listed = [authorityJson('tsa', chain, { start: '2020-01-01T00:00:00Z' })];
      const root = alteredRoot(
        world,
        (json) => void Object.assign(json, { timestampAuthorities: listed }),
        byTimestamp,
      );
      return check(createTrustMaterial(root), sign({ alter })).code;
    };
    const during = (from: string, until: string) => createTimestampAuthority(new Date(from), new Date(until));
    expect(stampedBy(stranger)).toBe('VERIFIED');
    expect(stampedBy(during('2020-01-01T00:00:00Z', '2026-11-24T11:59:59Z'))).toBe('TIMESTAMP_INVALID');
    expect(stampedBy(during('2026-11-24T12:00:01Z', '2036-01-01T00:00:00Z'))).toBe('TIMESTAMP_INVALID');
    const [leaf] = stranger.chain;
    expect(stampedBy(stranger, [leaf ?? Buffer.alloc(0), ...world.parts.tsa.chain.slice(1)])).toBe('TIMESTAMP_INVALID');
  });

  it('counts once however often it speaks: two timestamps of one authority are one voice', () => {
    const two = { log: 0, time: 2 };
    const root = alteredRoot(
      world,
      ({ timestampAuthorities }) => timestampAuthorities.push(authorityJson('other', stranger.chain, { start: since })),
      two,
    );
    const material = createTrustMaterial(root);
    const withToken = (stamp: (signature: Buffer) => Buffer) =>
      sign({
        alter: ({ dsseEnvelope, verificationMaterial }) => {
          const [{ sig }] = (dsseEnvelope as unknown as { signatures: [{ sig: string }] }).signatures;
          const signedTimestamp = stamp(Buffer.from(sig, 'base64')).toString('base64');
          verificationMaterial.timestampVerificationData?.rfc3161Timestamps.push({ signedTimestamp });
        },
      });
    const later = { at: new Date(NOW.getTime() + 1_000) };
    const again = withToken((signature) => world.parts.tsa.stamp(signature, later));
    expect(check(material, again)).toMatchObject({ code: 'TIME_UNPROVEN', found: '1' });
    const other = withToken((signature) => stranger.stamp(signature, later));
    expect(check(material, other).code).toBe('VERIFIED');
    // Two authorities, one of them out of its window (TOB-SIGSTORE-4).
    const retired = JSON.parse(root.document);
    retired.timestampAuthorities[1].validFor.end = '2026-11-24T11:00:00Z';
    const oneOut = createTrustMaterial({ ...root, document: JSON.stringify(retired) });
    expect(check(oneOut, other).code).toBe('TIMESTAMP_INVALID');
  });
});

describe('the key of a timestamp authority (W22)', () => {
  const RSA = '1.2.840.113549.1.1.1';
  const RSA_SHA = { sha256: `${RSA}1`, sha384: `${RSA}2`, sha512: `${RSA}3` } as const;
  const RSA_SHA1 = '1.2.840.113549.1.1.5';
  const ED25519 = '1.3.101.112';
  const keys = { rsa2048: createKeyPair('rsa2048'), ed25519: createKeyPair('ed25519'), p256: createKeyPair('p256') };
  const small = { ...keys.rsa2048, ...rsaOf(1024) };

  /** What becomes of a bundle whose only proof of time is a token of an authority that signs so. */
  const stampedBy = (
    key: TestKey,
    algorithm: string,
    hash: string | null,
    stamp: (authority: TimestampAuthority, signature: Buffer) => Buffer = (authority, signature) =>
      authority.stamp(signature, { at: NOW }),
  ) => {
    const until = new Date('2036-01-01T00:00:00Z');
    const authority = createTimestampAuthority(new Date(since), until, TIME_STAMPING, { key, algorithm, hash });
    const root = alteredRoot(
      world,
      (json) => {
        json.timestampAuthorities = [authorityJson('other', authority.chain, { start: since })];
      },
      byTimestamp,
    );
    const bundle = sign({
      alter: ({ dsseEnvelope, verificationMaterial }) => {
        const [{ sig }] = (dsseEnvelope as unknown as { signatures: [{ sig: string }] }).signatures;
        const signedTimestamp = stamp(authority, Buffer.from(sig, 'base64')).toString('base64');
        verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      },
    });
    return check(createTrustMaterial(root), bundle);
  };

  it.each([
    ['rsa2048', RSA_SHA.sha256, 'sha256'],
    ['rsa2048', RSA_SHA.sha384, 'sha384'],
    ['rsa2048', RSA_SHA.sha512, 'sha512'],
    // The bare kind of key, with the hash beside it: RFC 3370 §3.2.
    ['rsa2048', RSA, 'sha256'],
    ['ed25519', ED25519, null],
    ['p256', '1.2.840.10045.4.3.2', 'sha256'],
  ] as const)('may be %s, signing with the algorithm %s', (kind, algorithm, hash) => {
    expect(stampedBy(keys[kind], algorithm, hash)).toMatchObject({
      code: 'VERIFIED',
      verified: { signedAt: [NOW.toISOString()] },
    });
  });

  it.each([
    ['SHA-1', keys.rsa2048, RSA_SHA1, 'sha1'],
    ['SHA-1 under the name of SHA-256', keys.rsa2048, RSA_SHA.sha256, 'sha1'],
    ['SHA-1 under the bare kind of key', keys.rsa2048, RSA, 'sha1'],
    ['MD5', keys.rsa2048, '1.2.840.113549.1.1.4', 'md5'],
    ['another hash than is named', keys.rsa2048, RSA_SHA.sha512, 'sha256'],
    ['the name of ECDSA, by an RSA key', keys.rsa2048, '1.2.840.10045.4.3.2', 'sha256'],
    ['the name of RSA, by an ECDSA key', keys.p256, RSA_SHA.sha256, 'sha256'],
    ['the name of Ed25519, by an RSA key', keys.rsa2048, ED25519, 'sha256'],
    ['an RSA key of 1,024 bits', small, RSA_SHA.sha256, 'sha256'],
    ['the name of Ed448', keys.ed25519, '1.3.101.113', null],
  ] as const)('is refused with %s', (_, key, algorithm, hash) => {
    expect(stampedBy(key, algorithm, hash).code).toMatch(/^(TIMESTAMP_INVALID|EVIDENCE_UNSUPPORTED)$/);
  });

  it('of a kind that is not supported is named, and what is expected', () => {
    const { code, message, expected, found, advice } = stampedBy(small, RSA_SHA.sha256, 'sha256');
    expect({ code, message }).toEqual({
      code: 'EVIDENCE_UNSUPPORTED',
      message: 'The timestamp is signed in a way that is not supported here.',
    });
    expect(`${expected} ${found}`).toMatch(/at least 2,048 bits.* an RSA key of 1024 bits/);
    expect(advice).toContain('another timestamp authority');
  });

  it.each([
    ['rsa2048', RSA_SHA.sha256, 'sha256'],
    ['ed25519', ED25519, null],
  ] as const)(
    '%s: no changed byte of a token makes another time or another signature true',
    (kind, algorithm, hash) => {
      const other = stampedBy(keys[kind], algorithm, hash, (authority) =>
        authority.stamp(Buffer.from('x'), { at: NOW }),
      );
      expect(other.code).toBe('TIMESTAMP_INVALID');
      for (let at = 40; at < 400; at += 23) {
        const { code, verified } = stampedBy(keys[kind], algorithm, hash, (authority, signature) => {
          const token = authority.stamp(signature, { at: NOW });
          token.writeUInt8(token.readUInt8(at) ^ 0x01, at);
          return token;
        });
        // What nobody signed may change: the version, and the certificates a token brings.
        if (code === 'VERIFIED') expect(verified?.signedAt).toEqual([NOW.toISOString()]);
      }
    },
  );
});

function rsaOf(modulusLength: number): Omit<TestKey, 'kind'> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { privateKey, publicKey, spki, pem: '', keyId: '' };
}

describe('what a timestamp is about', () => {
  it('must be this signature', () => {
    const bundle = sign({
      alter: ({ verificationMaterial }) => {
        const signedTimestamp = world.parts.tsa.stamp(Buffer.from('another'), { at: NOW }).toString('base64');
        verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      },
    });
    expect(check(trust, bundle).code).toBe('TIMESTAMP_INVALID');
  });

  it('must be the whole envelope in a layer of cosign', () => {
    const form = { digest, identity, predicateType: 'https://example.test/p', log: false, timestamp: true };
    const layer = layerEvidence(world.cosignAttestation(form));
    expect(trust.verify(layer, IMAGE, NOW).code).toBe('VERIFIED');
    if (layer.kind !== 'cosign-attestation') throw new Error('expected an attestation');
    const { signatures } = JSON.parse(Buffer.from(layer.bytes).toString());
    const overSignature = world.parts.tsa.stamp(Buffer.from(signatures[0].sig, 'base64'), { at: NOW });
    const annotation = JSON.stringify({ SignedRFC3161Timestamp: overSignature.toString('base64') });
    const annotations = { ...layer.annotations, 'dev.sigstore.cosign/rfc3161timestamp': annotation };
    expect(trust.verify({ ...layer, annotations }, IMAGE, NOW).code).toBe('TIMESTAMP_INVALID');
  });

  it('cannot be told from a refusal that carries a timestamp all the same', () => {
    const withStatus = (status: number) =>
      sign({
        alter: ({ verificationMaterial }) => {
          const stamps = verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
          const bytes = Buffer.from(item(stamps).signedTimestamp, 'base64');
          // SEQUENCE, PKIStatusInfo: SEQUENCE of one INTEGER.
          const at = bytes.indexOf(Buffer.from('3003020100', 'hex')) + 4;
          bytes.writeUInt8(status, at);
          item(stamps).signedTimestamp = bytes.toString('base64');
        },
      });
    expect([0, 1, 2, 3, 4, 5].map((status) => check(trust, withStatus(status)).code)).toEqual([
      'VERIFIED',
      'VERIFIED',
      'TIMESTAMP_INVALID',
      'TIMESTAMP_INVALID',
      'TIMESTAMP_INVALID',
      'TIMESTAMP_INVALID',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a refusal of the authority', '30053003020102'],
    ['an empty list', '3000'],
    ['a string', '0403414243'],
  ])('cannot be told from %s', (_, hex) => {
    const bundle = sign({
      alter: ({ verificationMaterial }) => {
        const signedTimestamp = Buffer.from(hex, 'hex').toString('base64');
        verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      },
    });
    expect(check(trust, bundle).code).toMatch(/^(TIMESTAMP_INVALID|EVIDENCE_MALFORMED)$/);
  });
});
