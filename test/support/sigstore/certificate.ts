import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import * as der from './der.ts';
import type { TestKey } from './keys.ts';

export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  /** Content of the extnValue octet string. */
  readonly value: Uint8Array;
}

export interface CertificateTemplate {
  readonly subject: Buffer;
  readonly publicKey: Pick<TestKey, 'spki'>;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
  readonly serial?: Buffer;
}

export interface Issuer {
  readonly name: Buffer;
  readonly key: TestKey;
}

export interface SubjectName {
  readonly kind: 'uri' | 'email' | 'dns' | 'other';
  readonly value: string | Uint8Array;
}

const ECDSA_WITH = { p256: '1.2.840.10045.4.3.2', p384: '1.2.840.10045.4.3.3', p521: '1.2.840.10045.4.3.4' } as const;
const HASHES = { p256: 'sha256', p384: 'sha384', p521: 'sha512' } as const;

/** A tbsCertificate (RFC 5280 §4.1.2) of version 3. */
export function encodeTbs(template: CertificateTemplate, issuer: Issuer): Buffer {
  return der.sequence(
    der.context(0, der.integer(2)),
    der.integer(template.serial ?? Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    signatureAlgorithm(issuer.key),
    issuer.name,
    der.sequence(der.certificateTime(template.notBefore), der.certificateTime(template.notAfter)),
    template.subject,
    template.publicKey.spki,
    der.context(3, der.sequence(...template.extensions.map(encodeExtension))),
  );
}

/** Signs a tbsCertificate. */
export function signTbs(tbs: Buffer, issuer: Issuer): Buffer {
  const signature = sign(hashFor(issuer.key), tbs, issuer.key.privateKey);
  return der.sequence(tbs, signatureAlgorithm(issuer.key), der.bits(signature));
}

export function createCertificate(template: CertificateTemplate, issuer: Issuer): Buffer {
  return signTbs(encodeTbs(template, issuer), issuer);
}

function hashFor(key: TestKey): string {
  const hash = HASHES[key.kind as keyof typeof HASHES];
  if (hash === undefined) throw new Error(`certificates are signed with ECDSA here, not ${key.kind}`);
  return hash;
}

export function signatureAlgorithm(key: TestKey): Buffer {
  return der.sequence(der.oid(ECDSA_WITH[key.kind as keyof typeof ECDSA_WITH]));
}

function encodeExtension(extension: Extension): Buffer {
  const critical = extension.critical === true ? [der.boolean(true)] : [];
  return der.sequence(der.oid(extension.oid), ...critical, der.octets(extension.value));
}

export function keyIdentifier(key: KeyObject | Buffer): Buffer {
  const spki = Buffer.isBuffer(key) ? key : key.export({ type: 'spki', format: 'der' });
  return createHash('sha1').update(spki).digest();
}

export function basicConstraints(isCa: boolean, pathLength?: number): Extension {
  const parts = isCa ? [der.boolean(true), ...(pathLength === undefined ? [] : [der.integer(pathLength)])] : [];
  return { oid: '2.5.29.19', critical: true, value: der.sequence(...parts) };
}

/** `digitalSignature` (bit 0) or `keyCertSign` and `cRLSign` (bits 5 and 6). */
export function keyUsage(use: 'sign' | 'ca'): Extension {
  return {
    oid: '2.5.29.15',
    critical: true,
    value: use === 'sign' ? der.bits(Buffer.from([0x80]), 7) : der.bits(Buffer.from([0x06]), 1),
  };
}

export function extendedKeyUsage(...purposes: readonly string[]): Extension {
  return { oid: '2.5.29.37', value: der.sequence(...purposes.map(der.oid)) };
}

export function subjectKeyId(key: Pick<TestKey, 'spki'>): Extension {
  return { oid: '2.5.29.14', value: der.octets(keyIdentifier(key.spki)) };
}

export function authorityKeyId(key: TestKey): Extension {
  return { oid: '2.5.29.35', value: der.sequence(der.tlv(0x80, keyIdentifier(key.spki))) };
}

/** RFC 5280 §4.2.1.6; `other` is Fulcio's user name (OID 1.3.6.1.4.1.57264.1.7). */
export function subjectAltName(names: readonly SubjectName[]): Extension {
  const tags = { uri: 0x86, email: 0x81, dns: 0x82 } as const;
  const encoded = names.map(({ kind, value }) => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    if (kind !== 'other') return der.tlv(tags[kind], bytes);
    return der.context(0, der.oid('1.3.6.1.4.1.57264.1.7'), der.context(0, der.tlv(0x0c, bytes)));
  });
  return { oid: '2.5.29.17', critical: true, value: der.sequence(...encoded) };
}
