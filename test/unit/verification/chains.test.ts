import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import type { TrustRoot, TrustThresholds } from '../../../src/domain/trust-root.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { basicConstraints, extendedKeyUsage, keyUsage } from '../../support/sigstore/certificate.ts';
import { CODE_SIGNING, type KeylessIdentity } from '../../support/sigstore/certificate-authority.ts';
import * as der from '../../support/sigstore/der.ts';
import { toPem } from '../../support/sigstore/evidence-forms.ts';
import { certifySigner, type PrivateAuthority, privateAuthority } from '../../support/sigstore/private-authority.ts';
import { authorityJson } from '../../support/sigstore/trusted-root-json.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { alteredRoot, check, IMAGE, layerEvidence, NOW, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const { digest } = IMAGE;
const EMAIL = 'release@acme.example';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const start = '2026-11-20T00:00:00Z';

/** The trust root of a company that lists these certificates of its authority, the topmost last. */
function houseRoot(listed: readonly Buffer[], chains = true, thresholds: Partial<TrustThresholds> = {}): TrustRoot {
  const alone = { log: 0, sct: 0, ...thresholds };
  const root = alteredRoot(
    world,
    (json) => {
      json.certificateAuthorities = [authorityJson('acme', listed, { start })];
    },
    alone,
  );
  return chains ? { ...root, chains } : root;
}

const top = privateAuthority('root', NOW);
const issuing = privateAuthority('issuing', NOW, { by: top });
const signer = certifySigner(issuing, EMAIL, NOW);
const house = createTrustMaterial(houseRoot([top.certificate]));

const sign = (identity: KeylessIdentity, ...chain: readonly (PrivateAuthority | Buffer)[]): Uint8Array =>
  world.signImageBundle({
    digest,
    identity,
    log: 'none',
    timestamp: true,
    chain: chain.map((one) => (Buffer.isBuffer(one) ? one : one.certificate)),
  });
const checkSigned = (...args: Parameters<typeof sign>): Finding => check(house, sign(...args));

describe('a chain in a bundle', () => {
  it('is taken where the trust root says so, and the signer has no issuer', () => {
    expect(checkSigned(signer, issuing)).toMatchObject({
      code: 'VERIFIED',
      verified: { signer: { trust: 'acme', identities: [{ kind: 'email', value: EMAIL }] } },
    });
    const { verified } = checkSigned(signer, issuing);
    expect(verified?.signer).not.toHaveProperty('issuer');
  });

  it('may hold the root too, come in any order, and hold others besides', () => {
    const sub = privateAuthority('sub', NOW, { by: issuing });
    const deep = certifySigner(sub, EMAIL, NOW);
    const stranger = privateAuthority('stranger', NOW);
    for (const chain of [
      [sub, issuing],
      [sub, issuing, top],
      [top, stranger, issuing, sub],
      [issuing, issuing, sub, sub],
    ]) {
      expect(checkSigned(deep, ...chain).code).toBe('VERIFIED');
    }
    expect(checkSigned(deep, sub).code).toBe('SIGNER_UNTRUSTED');
    expect(checkSigned(deep, issuing).code).toBe('SIGNER_UNTRUSTED');
  });

  it('is refused where the trust root does not say so, and what to write is told', () => {
    const plain = createTrustMaterial(houseRoot([top.certificate], false));
    const finding = check(plain, sign(signer, issuing));
    expect(finding.code).toBe('EVIDENCE_MALFORMED');
    expect(finding.advice).toContain('write `chains: true` at that trust root');
    expect(check(createTrustMaterial(rootOf(world)), sign(signer, issuing)).code).not.toBe('VERIFIED');
    // Listed in the trust root instead, the certificate alone suffices, but for its issuer.
    const listed = createTrustMaterial(houseRoot([issuing.certificate, top.certificate], false));
    const alone = world.signImageBundle({ digest, identity: signer, log: 'none', timestamp: true });
    const unnamed = check(listed, alone);
    expect(unnamed.code).toBe('CERTIFICATE_UNSUITABLE');
    expect(unnamed.advice).toContain('name the signer by `subject` and `trust` alone');
    const chained = createTrustMaterial(houseRoot([issuing.certificate, top.certificate]));
    expect(check(chained, alone).code).toBe('VERIFIED');
  });

  it('is taken from the annotation of a signature of cosign, and a broken one is as none', () => {
    const layer = world.cosignSignature({ digest, identity: signer, log: false, timestamp: true });
    const withChain = (chain: string): Finding =>
      house.verify(
        layerEvidence({ ...layer, annotations: { ...layer.annotations, 'dev.sigstore.cosign/chain': chain } }),
        IMAGE,
        NOW,
      );
    const pem = toPem(issuing.certificate);
    expect(withChain(pem).code).toBe('VERIFIED');
    expect(withChain(`${pem}${toPem(top.certificate)}`).code).toBe('VERIFIED');
    for (const broken of ['', 'nothing', `${pem}junk`, pem.repeat(8), 'x'.repeat(1_000_000)]) {
      expect(withChain(broken).code).toBe('SIGNER_UNTRUSTED');
    }
  });

  it('holds at most seven certificates besides the signer, each of the usual size', () => {
    const many = Array.from({ length: 8 }, () => issuing);
    expect(checkSigned(signer, ...many).code).toBe('EVIDENCE_OVER_LIMIT');
    expect(checkSigned(signer, ...many.slice(1)).code).toBe('VERIFIED');
    expect(checkSigned(signer, issuing, Buffer.alloc(16 * 1024 + 1)).code).toBe('EVIDENCE_OVER_LIMIT');
    const wide = Buffer.concat([Buffer.from('30820800', 'hex'), Buffer.from('0500'.repeat(0x400), 'hex')]);
    expect(checkSigned(signer, issuing, wide).code).toBe('EVIDENCE_OVER_LIMIT');
    expect(checkSigned(signer, issuing, Buffer.from('junk')).code).toBe('VERIFIED');
  });
});

describe('who may stand in a chain', () => {
  const nameConstraints = (critical: boolean) => ({
    oid: '2.5.29.30',
    critical,
    value: der.sequence(der.context(0, der.sequence(der.tlv(0x81, Buffer.from('acme.example'))))),
  });
  const day = 86_400_000;
  const by = top;

  const refused: readonly (readonly [string, Parameters<typeof privateAuthority>[2]])[] = [
    ['none that is no authority', { by, extensions: [keyUsage('ca'), basicConstraints(false)] }],
    ['none without basic constraints', { by, extensions: [keyUsage('ca')] }],
    ['none whose key may not sign certificates', { by, extensions: [keyUsage('sign'), basicConstraints(true)] }],
    ['none that issues for servers alone', { by, more: [extendedKeyUsage(SERVER_AUTH)] }],
    ['none that limits names', { by, more: [nameConstraints(true)] }],
    ['none that limits names without saying that it matters', { by, more: [nameConstraints(false)] }],
    [
      'none with a critical extension nobody knows',
      { by, more: [{ oid: '1.2.3.4', critical: true, value: der.sequence() }] },
    ],
    ['none that has expired', { by, notAfter: new Date(NOW.getTime() - 1000) }],
    ['none that is not valid yet', { by, notBefore: new Date(NOW.getTime() + 1000) }],
    ['none certified by a stranger', { by: privateAuthority('root', NOW) }],
    ['none that nobody certified', {}],
  ];
  it.each(refused)('is %s', (_, options) => {
    const authority = privateAuthority('between', NOW, options);
    const identity = certifySigner(authority, EMAIL, NOW);
    expect(checkSigned(identity, authority).code).not.toBe('VERIFIED');
    expect(checkSigned(identity, authority, top).code).not.toBe('VERIFIED');
  });

  it('is one for signing code, or for any purpose, or bound to none', () => {
    for (const more of [[], [extendedKeyUsage(CODE_SIGNING)], [extendedKeyUsage(SERVER_AUTH, '2.5.29.37.0')]]) {
      const authority = privateAuthority('between', NOW, { by: top, more });
      expect(checkSigned(certifySigner(authority, EMAIL, NOW), authority).code).toBe('VERIFIED');
    }
  });

  it('is never another signer: a certificate for signing code issues nothing', () => {
    const forged = certifySigner({ name: der.commonName('acme.example', 'release'), key: signer.key }, EMAIL, NOW);
    expect(checkSigned(forged, signer.certificate, issuing).code).toBe('SIGNER_UNTRUSTED');
  });

  it('is no more than the path may be long, in the chain and in the trust root', () => {
    const last = privateAuthority('issuing', NOW, { by: top, pathLength: 0 });
    const below = privateAuthority('below', NOW, { by: last });
    expect(checkSigned(certifySigner(last, EMAIL, NOW), last).code).toBe('VERIFIED');
    expect(checkSigned(certifySigner(below, EMAIL, NOW), below, last).code).not.toBe('VERIFIED');
    const short = privateAuthority('short root', NOW, { pathLength: 0 });
    const under = privateAuthority('under', NOW, { by: short });
    const material = createTrustMaterial(houseRoot([short.certificate]));
    expect(check(material, sign(certifySigner(short, EMAIL, NOW))).code).toBe('VERIFIED');
    expect(check(material, sign(certifySigner(under, EMAIL, NOW), under)).code).not.toBe('VERIFIED');
  });

  it('is valid at every proven time, and the authority of the trust root in use', () => {
    const young = privateAuthority('young', NOW, { by: top, notBefore: new Date(NOW.getTime() - 60_000) });
    const identity = certifySigner(young, EMAIL, NOW);
    const at = (timestampAt: Date): Finding =>
      check(
        house,
        world.signImageBundle({
          digest,
          identity,
          log: 'rekor1',
          timestamp: true,
          timestampAt,
          chain: [young.certificate],
        }),
      );
    expect(at(NOW).code).toBe('VERIFIED');
    expect(at(new Date(NOW.getTime() - 120_000)).code).not.toBe('VERIFIED');
    const retired = houseRoot([top.certificate]);
    const json = JSON.parse(retired.document);
    json.certificateAuthorities[0].validFor.end = new Date(NOW.getTime() - day / 24).toISOString();
    const material = createTrustMaterial({ ...retired, document: JSON.stringify(json) });
    expect(check(material, sign(signer, issuing)).code).not.toBe('VERIFIED');
  });

  it('does not run in circles, however they certify each other', () => {
    const keys = Array.from({ length: 7 }, () => createKeyPair());
    const issuers = keys.map((key) => ({ name: der.commonName('acme.example', 'circle'), key }));
    const circle = issuers.map((by, at) => {
      const key = keys[(at + 1) % keys.length];
      return privateAuthority('circle', NOW, { by, ...(key && { key }) });
    });
    const [first] = circle;
    if (first === undefined) throw new Error('expected an authority');
    expect(checkSigned(certifySigner(first, EMAIL, NOW), ...circle).code).toBe('SIGNER_UNTRUSTED');
  });

  it('lets nothing through that was changed', () => {
    const good = checkSigned(signer, issuing).verified?.signer;
    for (let at = 4; at < issuing.certificate.length; at += 7) {
      const changed = Buffer.from(issuing.certificate);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at);
      const { code, verified } = checkSigned(signer, changed);
      if (code === 'VERIFIED') expect(verified?.signer).toEqual(good);
      else expect(code).toMatch(/^(SIGNER_UNTRUSTED|SIGNER_UNVERIFIABLE|EVIDENCE_MALFORMED)$/);
    }
  });
});

describe('the certificate of a signer below a chain', () => {
  it('must be published where that is asked for, by whoever issued it', () => {
    const strict = createTrustMaterial(houseRoot([top.certificate], true, { sct: 1 }));
    expect(check(strict, sign(signer, issuing)).code).toBe('SIGNER_UNVERIFIABLE');
    const fulcio = world.parts.authority;
    const [intermediate, root] = fulcio.chain;
    if (intermediate === undefined || root === undefined) throw new Error('expected two certificates');
    const published = createTrustMaterial(houseRoot([root], true, { sct: 1 }));
    expect(check(published, sign(world.mintKeyless(), intermediate)).code).toBe('VERIFIED');
    expect(check(published, sign(world.mintKeyless({ ctLog: null }), intermediate)).code).toBe('SIGNER_UNVERIFIABLE');
  });

  it('must be for signing code (W8, C14)', () => {
    const server = world.mintKeyless({ purposes: [SERVER_AUTH] });
    const [intermediate, root] = world.parts.authority.chain;
    if (intermediate === undefined || root === undefined) throw new Error('expected two certificates');
    const material = createTrustMaterial(houseRoot([root]));
    expect(check(material, sign(server, intermediate)).code).toBe('CERTIFICATE_UNSUITABLE');
  });
});

describe('the library as it is, with the chain listed in its trust root', () => {
  const askLibrary = (bytes: Uint8Array, root: TrustRoot): boolean => {
    try {
      const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root.document)), {});
      const json = JSON.parse(Buffer.from(bytes).toString());
      const [leaf] = json.verificationMaterial.x509CertificateChain.certificates;
      json.verificationMaterial = { ...json.verificationMaterial, certificate: leaf };
      delete json.verificationMaterial.x509CertificateChain;
      const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 };
      new Verifier(material, thresholds).verify(toSignedEntity(bundleFromJSON(json)));
      return true;
    } catch {
      return false;
    }
  };
  const cases: readonly (readonly [string, boolean, Parameters<typeof privateAuthority>[2]])[] = [
    ['an authority', true, { by: top }],
    ['one with a path of no length', true, { by: top, pathLength: 0 }],
    ['no authority', false, { by: top, extensions: [keyUsage('ca'), basicConstraints(false)] }],
    ['one that may not sign certificates', false, { by: top, extensions: [keyUsage('sign'), basicConstraints(true)] }],
    ['an expired one', false, { by: top, notAfter: new Date(NOW.getTime() - 1000) }],
    ['one by a stranger', false, { by: privateAuthority('root', NOW) }],
  ];
  it.each(cases)('says the same of %s', (_, isGood, options) => {
    const authority = privateAuthority('between', NOW, options);
    const bytes = sign(certifySigner(authority, EMAIL, NOW), authority);
    expect(askLibrary(bytes, houseRoot([authority.certificate, top.certificate]))).toBe(isGood);
    expect(check(house, bytes).code === 'VERIFIED').toBe(isGood);
  });
});
