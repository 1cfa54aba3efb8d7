import { X509Certificate } from '@sigstore/core';
import { describe, expect, it } from 'vitest';
import { createTrustMaterial } from '../../../src/verification/trust-material.ts';
import type { BundleForm, BundleJson } from '../../support/sigstore/bundle-json.ts';
import { createCertificate, extendedKeyUsage } from '../../support/sigstore/certificate.ts';
import * as der from '../../support/sigstore/der.ts';
import { createTimestampAuthority, TIME_STAMPING } from '../../support/sigstore/timestamp-authority.ts';
import { authorityJson } from '../../support/sigstore/trusted-root-json.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
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

  it('must sign with ECDSA; anything else is said to be unsupported (W22)', () => {
    const [leaf] = world.parts.tsa.chain;
    const parsed = X509Certificate.parse(Buffer.from(leaf ?? ''));
    const name = der.sequence(parsed.issuer);
    const rootKey = createKeyPair('p384');
    const window = { notBefore: new Date(since), notAfter: new Date('2036-01-01T00:00:00Z') };
    const issuer = { name, key: rootKey };
    const root = createCertificate({ subject: name, publicKey: rootKey, ...window, extensions: [ca()] }, issuer);
    const rsa = createCertificate(
      {
        subject: der.sequence(parsed.subject),
        publicKey: createKeyPair('rsa2048'),
        serial: parsed.serialNumber,
        ...window,
        extensions: [extendedKeyUsage(TIME_STAMPING)],
      },
      issuer,
    );
    const material = createTrustMaterial(
      alteredRoot(
        world,
        (json) => {
          json.timestampAuthorities = [authorityJson('rsa', [rsa, root], { start: since })];
        },
        byTimestamp,
      ),
    );
    expect(check(material, sign())).toMatchObject({ code: 'EVIDENCE_UNSUPPORTED', found: 'rsa' });
  });

  const ca = () => ({ oid: '2.5.29.19', critical: true, value: der.sequence(der.boolean(true)) });
});

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
