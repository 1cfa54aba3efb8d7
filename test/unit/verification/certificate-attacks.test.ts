import { generateKeyPairSync } from 'node:crypto';
import { X509Certificate } from '@sigstore/core';
import { describe, expect, it } from 'vitest';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import {
  basicConstraints,
  createCertificate,
  extendedKeyUsage,
  keyUsage,
  type SubjectName,
  subjectAltName,
} from '../../support/sigstore/certificate.ts';
import { CODE_SIGNING } from '../../support/sigstore/certificate-authority.ts';
import * as der from '../../support/sigstore/der.ts';
import { type CtLog, createCtLog } from '../../support/sigstore/logs.ts';
import { createKeyPair, createSigstoreWorld, type KeylessRequest } from '../../support/sigstore-world.ts';
import { alteredRoot, check, IMAGE, item, NOW, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const { digest } = IMAGE;
const FULCIO = '1.3.6.1.4.1.57264.1';

const signedBy = (request: KeylessRequest): Uint8Array =>
  world.signImageBundle({ digest, identity: world.mintKeyless(request) });
const judge = (request: KeylessRequest, material = trust) => check(material, signedBy(request));

describe('what a certificate may be used for (W8, C14)', () => {
  it.each([
    ['for a web server', ['1.3.6.1.5.5.7.3.1']],
    ['for timestamps', ['1.3.6.1.5.5.7.3.8']],
    ['for any purpose', ['2.5.29.37.0']],
    ['for nothing it says', []],
  ])('a certificate of the same authority %s is refused', (_, purposes) => {
    expect(judge({ purposes })).toMatchObject({
      code: 'CERTIFICATE_UNSUITABLE',
      message: "The signer's certificate cannot be accepted: it was not issued for signing code.",
    });
  });

  it('a certificate for code among others is accepted', () => {
    expect(judge({ purposes: ['1.3.6.1.5.5.7.3.1', CODE_SIGNING] }).code).toBe('VERIFIED');
  });

  it('a critical extension nobody here evaluates is refused, an uncritical one is not', () => {
    const unknown = { oid: '1.2.3.4', value: der.octets(Buffer.from('x')) };
    expect(judge({ extraExtensions: [{ ...unknown, critical: true }] }).code).toBe('CERTIFICATE_UNSUITABLE');
    expect(judge({ extraExtensions: [unknown] }).code).toBe('VERIFIED');
  });

  it('an extension that appears twice is refused', () => {
    const second = subjectAltName([{ kind: 'uri', value: 'https://example.test/other' }]);
    expect(judge({ extraExtensions: [second] })).toMatchObject({
      code: 'CERTIFICATE_UNSUITABLE',
      message: "The signer's certificate cannot be accepted: the extension 2.5.29.17 appears twice.",
    });
    const again = { oid: `${FULCIO}.8`, value: der.utf8('https://other.test') };
    expect(judge({ extraExtensions: [again] }).code).toBe('CERTIFICATE_UNSUITABLE');
  });

  it.each([
    ['that may issue others', [basicConstraints(true), keyUsage('ca')]],
    ['whose key is for other certificates only', [keyUsage('ca')]],
    ['that may do everything, other certificates included', [basicConstraints(true)]],
  ])('a certificate %s is refused as a signer', (_, extensions) => {
    const identity = world.mintKeyless();
    const names = subjectAltName([{ kind: 'uri', value: identity.subject }]);
    const issuer = { oid: `${FULCIO}.8`, value: der.utf8('https://issuer.world.test') };
    const certificate = createCertificate(
      {
        subject: der.commonName('world.test', 'issuer'),
        publicKey: identity.key,
        notBefore: NOW,
        notAfter: new Date(NOW.getTime() + 600_000),
        extensions: [extendedKeyUsage(CODE_SIGNING), names, issuer, ...extensions],
      },
      world.parts.authority.intermediate,
    );
    const bundle = world.signImageBundle({ digest, identity: { ...identity, certificate } });
    const noSct = createTrustMaterial(rootOf(world, { sct: 0 }));
    expect(check(noSct, bundle).code).toBe('CERTIFICATE_UNSUITABLE');
  });

  it('the chain that comes with the signature proves nothing', () => {
    const stranger = createSigstoreWorld({ now: () => NOW });
    const identity = stranger.mintKeyless({ ctLog: world.parts.ctLog });
    for (const chain of [stranger.parts.authority.chain, world.parts.authority.chain]) {
      const bundle = world.signImageBundle({ digest, identity, version: '0.1', chain });
      expect(check(trust, bundle)).toMatchObject({
        code: 'SIGNER_UNTRUSTED',
        expected: 'a certificate by an authority of the trust root "acme"',
      });
    }
  });

  it('a broken key is refused', () => {
    const bytes = signedBy({});
    const alter = JSON.parse(Buffer.from(bytes).toString());
    const certificate = Buffer.from(alter.verificationMaterial.certificate.rawBytes, 'base64');
    const spki = X509Certificate.parse(certificate).publicKey;
    const last = certificate.indexOf(spki) + spki.length - 1;
    certificate.writeUInt8(certificate.readUInt8(last) ^ 1, last);
    alter.verificationMaterial.certificate.rawBytes = certificate.toString('base64');
    expect(check(trust, Buffer.from(JSON.stringify(alter))).code).not.toBe('VERIFIED');
  });
});

describe('the time a certificate was valid', () => {
  it('is where the signature must have been made', () => {
    const identity = world.mintKeyless();
    const made = (minutes: number) =>
      check(trust, world.signImageBundle({ digest, identity, at: new Date(NOW.getTime() + minutes * 60_000) })).code;
    expect([-1, 0, 9, 10, 11].map(made)).toEqual([
      'SIGNER_UNVERIFIABLE',
      'VERIFIED',
      'VERIFIED',
      'VERIFIED',
      'SIGNER_UNVERIFIABLE',
    ]);
  });

  it('ends with the authority: one whose window has ended vouches for nothing later (cosign CVE-2026-24122)', () => {
    const until = (end: string) =>
      createTrustMaterial(
        alteredRoot(world, ({ certificateAuthorities }) => {
          item(certificateAuthorities).validFor = { start: '2026-11-23T12:00:00Z', end };
        }),
      );
    expect(judge({}, until('2026-11-24T11:59:59Z'))).toMatchObject({
      code: 'SIGNER_UNVERIFIABLE',
      message: "The authority that issued the signer's certificate was not valid when the signature was made.",
    });
    expect(judge({}, until('2026-11-24T12:00:01Z')).code).toBe('VERIFIED');
  });

  it('ends with the authority for every proven time, not only the first', () => {
    const material = createTrustMaterial(
      alteredRoot(world, ({ certificateAuthorities }) => {
        item(certificateAuthorities).validFor = { start: '2026-11-23T12:00:00Z', end: '2026-11-24T12:02:00Z' };
      }),
    );
    const stampedAfter = (minutes: number) => {
      const timestampAt = new Date(NOW.getTime() + minutes * 60_000);
      const bundle = world.signImageBundle({ digest, identity: world.mintKeyless(), timestamp: true, timestampAt });
      return check(material, bundle).code;
    };
    expect([1, 5].map(stampedAfter)).toEqual(['VERIFIED', 'SIGNER_UNVERIFIABLE']);
  });

  it('ends with the certificate of the issuing authority itself', () => {
    const expired = createSigstoreWorld({ now: () => NOW });
    const later = new Date(NOW.getTime() + 3651 * 86_400_000);
    const identity = expired.mintKeyless({ at: later });
    const finding = check(
      createTrustMaterial(rootOf(expired)),
      expired.signImageBundle({ digest, identity, at: later }),
    );
    expect(finding.code).toBe('SIGNER_UNVERIFIABLE');
  });
});

describe('the names in a certificate (W13)', () => {
  const EVE = Buffer.from('eve!a');
  const userName = (...content: Buffer[]): Buffer =>
    der.context(0, der.oid('1.3.6.1.4.1.57264.1.7'), der.context(0, ...content));
  const uri = (value: string): SubjectName => ({ kind: 'uri', value });
  const identitiesOf = (names: readonly SubjectName[]) => {
    const { verified } = judge({ names });
    return verified?.signer.kind === 'certificate' ? verified.signer.identities : undefined;
  };

  it('are all read, in order', () => {
    const names: SubjectName[] = [
      uri('https://example.test/first'),
      { kind: 'email', value: 'second@example.test' },
      { kind: 'dns', value: 'third.example.test' },
      { kind: 'other', value: 'fourth!example.test' },
      uri('https://example.test/fifth'),
    ];
    expect(identitiesOf(names)).toEqual(names);
  });

  it.each([
    { kind: 'dns', value: 'only.example.test' },
    { kind: 'other', value: 'user!example.test' },
    { kind: 'email', value: 'user@example.test' },
    { kind: 'uri', value: 'https://example.test/~first last' },
  ] as const)('may be of one kind only: $kind', (name) => {
    expect(identitiesOf([name])).toEqual([name]);
  });

  it.each([
    ['a high bit that reads as another letter', Buffer.from('https://ex\xe1mple.test', 'latin1')],
    ['UTF-8', Buffer.from('https://exämple.test')],
    ['a NUL', Buffer.from('https://example.test\0.evil.test')],
    ['a line break', Buffer.from('https://example.test\n')],
    ['nothing', Buffer.alloc(0)],
  ])('are refused with %s in one of them', (_, value) => {
    for (const kind of ['uri', 'email', 'dns', 'other'] as const) {
      expect(judge({ names: [uri('https://example.test/good'), { kind, value }] }).code).toBe('CERTIFICATE_UNSUITABLE');
    }
  });

  it('leave out what is no name here: a Windows user among the names of a private authority', () => {
    const windowsUser = der.context(0, der.oid('1.3.6.1.4.1.311.20.2.3'), der.context(0, der.tlv(0x0c, EVE)));
    const value = der.sequence(windowsUser, der.tlv(0x86, Buffer.from('https://example.test/signer')));
    const { verified } = judge({ names: [], extraExtensions: [{ oid: '2.5.29.17', critical: true, value }] });
    expect(verified?.signer).toMatchObject({ identities: [uri('https://example.test/signer')] });
  });

  it('are refused when there are none', () => {
    expect(judge({ names: [] }).code).toBe('CERTIFICATE_UNSUITABLE');
    const directoryName = { oid: '2.5.29.17', critical: true, value: der.sequence(der.tlv(0xa4, der.sequence())) };
    expect(judge({ names: [], extraExtensions: [directoryName] }).code).toBe('CERTIFICATE_UNSUITABLE');
  });

  it.each([
    [
      'trailing bytes',
      'CERTIFICATE_UNSUITABLE',
      Buffer.concat([der.sequence(der.tlv(0x86, Buffer.from('https://a'))), Buffer.from([0])]),
    ],
    ['a length past the end', 'EVIDENCE_MALFORMED', Buffer.from('3005860a6874', 'hex')],
    ['no list', 'CERTIFICATE_UNSUITABLE', der.tlv(0x86, Buffer.from('https://a'))],
    ['a user name with more behind it', 'CERTIFICATE_UNSUITABLE', der.sequence(userName(der.tlv(0x0c, EVE), EVE))],
    ['a user name of another type', 'CERTIFICATE_UNSUITABLE', der.sequence(userName(der.tlv(0x16, EVE)))],
  ])('are refused with %s', (_, code, value) => {
    const finding = judge({ names: [], extraExtensions: [{ oid: '2.5.29.17', critical: true, value }] });
    expect(finding.code).toBe(code);
  });
});

describe('the claims in a certificate (W14, C15)', () => {
  const ISSUER = 'https://issuer.world.test';
  /** The old claim names no host. */
  const githubClaims = (
    uri: string,
    issuer = 'https://token.actions.githubusercontent.com',
    more: NonNullable<KeylessRequest['rawClaims']> = {},
  ) => {
    return { 1: Buffer.from(issuer), 8: der.utf8(issuer), 5: Buffer.from('acme/app'), 12: der.utf8(uri), ...more };
  };
  /** Of the source, and of the workflow that was started, which lies there. */
  const twoCommits = (workflow: string) => {
    return {
      12: der.utf8('https://github.com/acme/app'),
      13: der.utf8('aaaa'),
      18: der.utf8(workflow),
      19: der.utf8('bbbb'),
    };
  };

  it.each([
    ['two issuers', { 1: Buffer.from('https://evil.test') }],
    ['two refs', { 6: Buffer.from('refs/heads/main'), 14: der.utf8('refs/heads/evil') }],
    ['two repositories', { 5: Buffer.from('acme/app'), 12: der.utf8('https://github.com/evil/app') }],
    ['a host of its own for GitHub', githubClaims('https://github.evil.test/acme/app')],
    [
      'a host of its own for GitHub, by an enterprise',
      githubClaims('https://github.evil.test/acme/app', 'https://token.actions.githubusercontent.com/acme'),
    ],
    ['a repository behind another', githubClaims('https://github.com/evil/acme/app', 'https://issuer.test')],
    ['no host at all', githubClaims('acme/app', 'https://issuer.test')],
    ['two commits', { 3: Buffer.from('aaaa'), 13: der.utf8('bbbb') }],
    ['two commits in new claims', { 13: der.utf8('aaaa'), 19: der.utf8('bbbb') }],
    [
      'two commits of one repository',
      twoCommits('https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main'),
    ],
    ['two triggers', { 2: Buffer.from('push'), 20: der.utf8('release') }],
    ['a trailing byte', { 8: Buffer.concat([der.utf8(ISSUER), Buffer.from([0])]) }],
    ['a plain value in place of DER', { 8: Buffer.from(ISSUER), 1: null }],
    ['another type', { 8: der.octets(Buffer.from(ISSUER)), 1: null }],
    ['a length in its long form', { 8: Buffer.concat([Buffer.from([0x0c, 0x81, 25]), Buffer.from(ISSUER)]) }],
    ['bytes that are not UTF-8', { 8: der.tlv(0x0c, Buffer.from([0xff])), 1: null }],
    ['no issuer', { 8: null, 1: null }],
    ['an empty issuer', { 8: der.utf8(''), 1: null }],
  ])('are refused with %s', (_, rawClaims) => {
    expect(judge({ rawClaims }).code).toBe('CERTIFICATE_UNSUITABLE');
  });

  it.each([
    ['a GitHub of one’s own', githubClaims('https://acme.ghe.com/acme/app', 'https://token.actions.acme.ghe.com')],
    [
      'a workflow that the organisation requires, from a repository of its own',
      twoCommits('https://github.com/acme/required/.github/workflows/ci.yml@refs/heads/main'),
    ],
    [
      'a workflow from a repository whose name only begins alike',
      twoCommits('https://github.com/acme/app-ci/.github/workflows/ci.yml@refs/heads/main'),
    ],
    ['GitHub as the issuer and nothing else', githubClaims('', undefined, { 5: null, 12: null })],
    ['the commit of the source alone', { 13: der.utf8('aaaa') }],
    ['the commit of the workflow alone', { 19: der.utf8('bbbb') }],
  ])('are accepted with %s', (_, rawClaims) => {
    expect(judge({ rawClaims })).toMatchObject({ code: 'VERIFIED' });
  });

  it('are read from the old form alone, as from both', () => {
    const { verified } = judge({ rawClaims: { 8: null, 5: Buffer.from('acme/app'), 4: Buffer.from('release') } });
    expect(verified?.signer).toMatchObject({
      issuer: ISSUER,
      claims: { sourceRepositoryUri: 'https://github.com/acme/app', workflowName: 'release' },
    });
  });
});

describe('the proof that a certificate was published', () => {
  const foreign = createCtLog();
  const noSct = createTrustMaterial(rootOf(world, { sct: 0 }));

  it('of an unknown log fails and is named, whatever the threshold (W19)', () => {
    for (const material of [trust, noSct]) {
      expect(judge({ ctLog: foreign }, material)).toMatchObject({
        code: 'SIGNER_UNVERIFIABLE',
        found: `a proof of the unknown log ${foreign.logId.toString('hex')}`,
      });
    }
  });

  it('is required as often as the trust root says', () => {
    expect(judge({ ctLog: null })).toMatchObject({ code: 'SIGNER_UNVERIFIABLE', found: 'no proof in it' });
    expect(judge({ ctLog: null }, noSct).code).toBe('VERIFIED');
    const two = createTrustMaterial(alteredRoot(world, ({ ctlogs }) => ctlogs.push({ ...item(ctlogs) }), { sct: 2 }));
    expect(judge({}, two).code).toBe('SIGNER_UNVERIFIABLE');
  });

  it('is refused when one log gave it twice, whatever the threshold', () => {
    const { ctLog } = world.parts;
    const twice: CtLog = {
      ...ctLog,
      sign(...signed) {
        const proofs = Buffer.concat([ctLog.sign(...signed).subarray(2), ctLog.sign(...signed).subarray(2)]);
        const length = Buffer.alloc(2);
        length.writeUInt16BE(proofs.length);
        return Buffer.concat([length, proofs]);
      },
    };
    const two = createTrustMaterial(alteredRoot(world, ({ ctlogs }) => ctlogs.push({ ...item(ctlogs) }), { sct: 2 }));
    for (const material of [trust, noSct, two]) {
      const refused = { code: 'SIGNER_UNVERIFIABLE', found: 'two proofs of one log' };
      expect(judge({ ctLog: twice }, material)).toMatchObject(refused);
    }
  });

  it('fails for another certificate', () => {
    const other = X509Certificate.parse(Buffer.from(world.mintKeyless().certificate));
    const value = other.extension('1.3.6.1.4.1.11129.2.4.2')?.value ?? Buffer.alloc(0);
    expect(value.length).toBeGreaterThan(50);
    const borrowed = world.mintKeyless({
      ctLog: null,
      extraExtensions: [{ oid: '1.3.6.1.4.1.11129.2.4.2', value }],
    });
    expect(check(trust, world.signImageBundle({ digest, identity: borrowed })).code).toBe('SIGNER_UNVERIFIABLE');
  });

  it('fails when its log was retired before', () => {
    const retired = createTrustMaterial(
      alteredRoot(world, ({ ctlogs }) => {
        item(ctlogs).publicKey.validFor = { start: '2026-11-23T12:00:00Z', end: '2026-11-24T11:00:00Z' };
      }),
    );
    expect(judge({}, retired).code).toBe('SIGNER_UNVERIFIABLE');
  });
});

describe('the signature of a certificate', () => {
  it('is refused when the key is another than the certificate names', () => {
    const identity = { ...world.mintKeyless(), key: createKeyPair() };
    expect(check(trust, world.signImageBundle({ digest, identity })).code).toBe('SIGNATURE_INVALID');
  });

  it.each([
    ['a small RSA key', generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['a curve nobody signs images with', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })],
  ])('is not supported with %s', (_, { privateKey, publicKey }) => {
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const identity = world.mintKeyless();
    const certificate = createCertificate(
      {
        subject: der.sequence(),
        publicKey: { ...identity.key, spki },
        notBefore: NOW,
        notAfter: new Date(NOW.getTime() + 600_000),
        extensions: [
          extendedKeyUsage(CODE_SIGNING),
          subjectAltName([{ kind: 'uri', value: identity.subject }]),
          { oid: `${FULCIO}.8`, value: der.utf8('https://issuer.world.test') },
        ],
      },
      world.parts.authority.intermediate,
    );
    const key = { ...identity.key, privateKey, publicKey, spki };
    const bundle = world.signImageBundle({ digest, identity: { ...identity, certificate, key } });
    const noSct = createTrustMaterial(rootOf(world, { sct: 0 }));
    expect(check(noSct, bundle).code).toBe('EVIDENCE_UNSUPPORTED');
  });

  it.each(['p256', 'p384', 'p521', 'ed25519', 'rsa2048'] as const)('is accepted with a key of kind %s', (keyKind) => {
    expect(judge({ keyKind }).code).toBe('VERIFIED');
  });
});
