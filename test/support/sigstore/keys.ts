import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';

export type KeyKind = 'p256' | 'p384' | 'p521' | 'ed25519' | 'rsa2048';

/** How a signer uses a key where the key does not fix it. */
export interface SignatureStyle {
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
  readonly padding?: 'pkcs1' | 'pss';
  readonly encoding?: 'der' | 'ieee-p1363';
  /** Bytes of the salt of PSS; as many as the hash has by default. */
  readonly saltLength?: number;
  /** Ed25519ph (RFC 8032 §5.1) instead of pure Ed25519. */
  readonly prehashed?: boolean;
}

export interface TestKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SPKI, DER. */
  readonly spki: Buffer;
  /** SPKI, PEM: what a policy's key file holds. */
  readonly pem: string;
  /** sha256 over the SPKI, hex: `PolicyKey.keyId`. */
  readonly keyId: string;
}

const CURVES = { p256: 'P-256', p384: 'P-384', p521: 'P-521' } as const;
const NATURAL_HASH = { p256: 'sha256', p384: 'sha384', p521: 'sha512', rsa2048: 'sha256' } as const;

/** Makes a key pair of this kind. */
export function createKeyPair(kind: KeyKind = 'p256'): TestKey {
  const { privateKey, publicKey } = generate(kind);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { kind, privateKey, publicKey, spki, pem, keyId: createHash('sha256').update(spki).digest('hex') };
}

function generate(kind: KeyKind): { privateKey: KeyObject; publicKey: KeyObject } {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind === 'rsa2048') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: CURVES[kind] });
}

/** The hash a signature of this key and style is made over; Ed25519 hashes for itself. */
export function hashOf(key: TestKey, style: SignatureStyle = {}): 'sha256' | 'sha384' | 'sha512' | undefined {
  if (key.kind === 'ed25519') return style.prehashed ? 'sha512' : undefined;
  return style.hash ?? NATURAL_HASH[key.kind];
}

/** Signs as cosign does with such a key, unless the style says otherwise. */
export function signWith(key: TestKey, data: Uint8Array, style: SignatureStyle = {}): Buffer {
  if (key.kind === 'ed25519' && style.prehashed) return signPrehashed(key, data);
  const algorithm = key.kind === 'ed25519' ? null : (hashOf(key, style) ?? null);
  return sign(algorithm, data, {
    key: key.privateKey,
    ...(style.encoding !== undefined && { dsaEncoding: style.encoding }),
    ...(style.padding === 'pss' && {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: style.saltLength ?? constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  });
}

function signPrehashed(key: TestKey, data: Uint8Array): Buffer {
  const jwk = key.privateKey.export({ format: 'jwk' });
  return Buffer.from(ed25519ph.sign(data, Buffer.from(jwk.d ?? '', 'base64url')));
}
