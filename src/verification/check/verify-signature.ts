import { constants, type KeyObject, verify } from 'node:crypto';
import { loadEd25519 } from './curves.ts';

export type SignatureHash = 'sha256' | 'sha384' | 'sha512';

/** How a key signs where the key itself does not fix it. */
export interface SignatureSettings {
  readonly hash?: SignatureHash;
  readonly padding?: 'pkcs1' | 'pss';
  readonly encoding?: 'der' | 'ieee-p1363';
}

// The hash registered for the curve first (https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md),
// then the SHA-256 that older clients used with every key.
const CURVE_HASHES: Readonly<Record<string, readonly SignatureHash[]>> = {
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};
const MIN_RSA_BITS = 2048;

/** Whether signatures of this key can be verified here; if not, why. */
export function unsupportedKey(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return undefined;
  if (type === 'ec') {
    const curve = details?.namedCurve ?? 'unknown';
    return Object.hasOwn(CURVE_HASHES, curve) ? undefined : `an elliptic curve key on ${curve}`;
  }
  if (type !== 'rsa') return `a key of type ${type ?? 'unknown'}`;
  const bits = details?.modulusLength ?? 0;
  return bits >= MIN_RSA_BITS ? undefined : `an RSA key of ${bits} bits`;
}

/**
 * Verifies a signature over these bytes by every algorithm this key may have signed with, given its settings:
 * ECDSA on three curves, Ed25519 and Ed25519ph (RFC 8032), RSA PKCS #1 v1.5 and PSS.
 */
export function verifySignature(
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
  settings: SignatureSettings = {},
): boolean {
  if (unsupportedKey(key) !== undefined) return false;
  if (key.asymmetricKeyType === 'ed25519') return verifyEd25519(key, data, signature);
  const hashes = settings.hash === undefined ? defaultHashes(key) : [settings.hash];
  return hashes.some((hash) => safely(() => verify(hash, data, nodeKey(key, settings), signature)));
}

function defaultHashes(key: KeyObject): readonly SignatureHash[] {
  return CURVE_HASHES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? ['sha256'];
}

// For Node's own defaults (DER, PKCS #1 v1.5) the bare key is passed: an object with options costs 17 µs more.
function nodeKey(key: KeyObject, { padding, encoding }: SignatureSettings): Parameters<typeof verify>[2] {
  if (key.asymmetricKeyType === 'ec') return encoding === 'ieee-p1363' ? { key, dsaEncoding: encoding } : key;
  if (padding !== 'pss') return key;
  // The salt is as long as the signer chose: services that hold keys differ, and its length decides nothing (RFC 8017
  // §9.1). The hash of the mask is that of the signature.
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
}

// cosign signs images with Ed25519ph when given an Ed25519 key; both are that key's signature.
function verifyEd25519(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  if (safely(() => verify(null, data, key, signature))) return true;
  const point = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  const { ed25519ph } = loadEd25519();
  return safely(() => ed25519ph.verify(signature, data, point, { zip215: false }));
}

// A signature of the wrong length or encoding is a wrong signature.
function safely(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
