import { createHash, createPublicKey, ECDH, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodePublicKey, keyIdOf } from '../../../src/domain/public-key.ts';

// Up to the point: its length, and that of all, are those of a point with both coordinates.
const P256_HEAD_HEX = '3059301306072a8648ce3d020106082a8648ce3d030107034200';

describe('the name of a public key', () => {
  it.each([
    ['ec', { namedCurve: 'P-256' }],
    ['ec', { namedCurve: 'P-384' }],
    ['ec', { namedCurve: 'P-521' }],
    ['ed25519', {}],
    ['rsa', { modulusLength: 2048 }],
  ])('is the same whether or not the SPKI is at hand: %s %j', (type, options) => {
    const { publicKey } = generateKeyPairSync(type as 'ec', options as { namedCurve: string });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    expect(keyIdOf(publicKey, spki)).toBe(keyIdOf(publicKey));
    expect(keyIdOf(publicKey)).toBe(createHash('sha256').update(spki).digest('hex'));
  });

  it.each(['compressed', 'hybrid'] as const)('is that of the plain form where the point is written %s', (form) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const plain = publicKey.export({ type: 'spki', format: 'der' });
    const point = ECDH.convertKey(plain.subarray(-65), 'prime256v1', undefined, undefined, form) as Buffer;
    const head = Buffer.from(P256_HEAD_HEX, 'hex');
    const spki = Buffer.concat([head, point]);
    // Three lengths: of all, of the bit string, and the bits of it that are unused.
    const shorter = plain.length - spki.length;
    spki[1] = (spki[1] ?? 0) - shorter;
    spki[24] = (spki[24] ?? 0) - shorter;
    const read = createPublicKey({ key: spki, type: 'spki', format: 'der' });
    expect(keyIdOf(read, spki)).toBe(keyIdOf(publicKey));
    expect(encodePublicKey(read)).toEqual(plain);
  });
});
