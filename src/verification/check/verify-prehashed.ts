import type { KeyObject } from 'node:crypto';
import { loadNistCurves } from './curves.ts';
import { Refusal } from './refusal.ts';

const CURVES = { prime256v1: 'p256', secp384r1: 'p384', secp521r1: 'p521' } as const;

/**
 * Verifies a signature over data of which only the SHA-256 is at hand, which Node cannot: ECDSA signs the hash alone, so
 * it is enough there (FIPS 186-5 §6.4.2).
 * @throws {Refusal} `EVIDENCE_UNSUPPORTED` for a key that needs the data itself.
 */
export function verifyPrehashed(key: KeyObject, digest: Uint8Array, signature: Uint8Array): boolean {
  const curve = CURVES[(key.asymmetricKeyDetails?.namedCurve ?? '') as keyof typeof CURVES];
  if (key.asymmetricKeyType !== 'ec' || curve === undefined) {
    throw new Refusal('EVIDENCE_UNSUPPORTED', 'The signature can only be checked with the signed file itself.', {
      expected: 'the file, or a signature of an ECDSA key',
      found: `only a digest, and a key of type ${key.asymmetricKeyType ?? 'unknown'}`,
    });
  }
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const { [curve]: algorithm } = loadNistCurves();
  try {
    return algorithm.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' });
  } catch {
    return false;
  }
}
