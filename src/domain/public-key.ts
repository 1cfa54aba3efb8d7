import { createPublicKey, hash, type KeyObject } from 'node:crypto';

// Bytes of a point on the curve with both coordinates: SEC 1 §2.3.3.
const POINT_BYTES: Readonly<Record<string, number>> = { prime256v1: 65, secp384r1: 97, secp521r1: 133 };
const BOTH_COORDINATES = 4;

// The SPKI of a P-256 key with both coordinates, up to them (RFC 5480 §2): what nearly every signer's certificate holds.
const P256_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const P256_BYTES = 91;

/**
 * SPKI, DER, in the one form tools write: a point on a curve can be encoded in three ways, and one key must not count
 * as several.
 */
export function encodePublicKey(key: KeyObject): Buffer {
  const spki = key.export({ type: 'spki', format: 'der' });
  const pointBytes = POINT_BYTES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (pointBytes === undefined || spki.at(-pointBytes) === BOTH_COORDINATES) return spki;
  const plain = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });
  return plain.export({ type: 'spki', format: 'der' });
}

/**
 * Names a public key: sha256 over its SPKI, hex. Where the SPKI it was read from is at hand and written as tools write it,
 * it need not be encoded anew, which takes Node 33 µs.
 */
export function keyIdOf(key: KeyObject, readFrom?: Buffer): string {
  return hash('sha256', readFrom !== undefined && isPlain(readFrom) ? readFrom : encodePublicKey(key), 'hex');
}

// There is nothing else in those bytes, and OpenSSL refuses coordinates that are not on the curve.
function isPlain(spki: Buffer): boolean {
  return spki.length === P256_BYTES && spki.subarray(0, P256_HEAD.length).equals(P256_HEAD);
}
