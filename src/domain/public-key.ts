import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

// Bytes of a point on the curve with both coordinates: SEC 1 §2.3.3.
const POINT_BYTES: Readonly<Record<string, number>> = { prime256v1: 65, secp384r1: 97, secp521r1: 133 };
const BOTH_COORDINATES = 4;

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

/** Names a public key: sha256 over its SPKI, hex. */
export function keyIdOf(key: KeyObject): string {
  return createHash('sha256').update(encodePublicKey(key)).digest('hex');
}
