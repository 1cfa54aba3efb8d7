import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PolicyKey } from '../../../src/domain/policy.ts';
import { keyIdOf } from '../../../src/domain/public-key.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import type { KeyKind, SignatureStyle } from '../../support/sigstore/keys.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import {
  alteredRoot,
  bundleEvidence,
  check,
  IMAGE,
  layerEvidence,
  MANIFEST,
  NOW,
  policyKey,
  rootOf,
} from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const { digest } = IMAGE;
const HOUR = 3_600_000;

type Settings = Pick<PolicyKey, 'hash' | 'padding' | 'encoding'>;

describe('the algorithms of a key (W10)', () => {
  const rows: readonly (readonly [KeyKind, SignatureStyle, Settings])[] = [
    ['p256', {}, {}],
    ['p384', {}, {}],
    ['p384', { hash: 'sha256' }, {}],
    ['p521', {}, {}],
    ['p521', { hash: 'sha256' }, {}],
    ['ed25519', {}, {}],
    ['ed25519', { prehashed: true }, {}],
    ['rsa2048', {}, {}],
    ['rsa2048', { hash: 'sha384' }, { hash: 'sha384' }],
    ['rsa2048', { hash: 'sha512' }, { hash: 'sha512' }],
    ['rsa2048', { padding: 'pss' }, { padding: 'pss' }],
    ['rsa2048', { padding: 'pss', hash: 'sha512' }, { padding: 'pss', hash: 'sha512' }],
    // No salt, a short one, and the longest that fits: services that hold keys differ.
    ['rsa2048', { padding: 'pss', saltLength: 0 }, { padding: 'pss' }],
    ['rsa2048', { padding: 'pss', saltLength: 20 }, { padding: 'pss' }],
    ['rsa2048', { padding: 'pss', saltLength: 222 }, { padding: 'pss' }],
    ['rsa2048', { padding: 'pss', saltLength: 190, hash: 'sha512' }, { padding: 'pss', hash: 'sha512' }],
    ['p256', { encoding: 'ieee-p1363' }, { encoding: 'ieee-p1363' }],
    ['p384', { encoding: 'ieee-p1363' }, { encoding: 'ieee-p1363' }],
  ];
  it.each(rows)('%s %o verifies with the settings %o, as message, statement and layers', (kind, style, settings) => {
    const key = createKeyPair(kind);
    const identity = { kind: 'key', key, style } as const;
    const material = createKeyMaterial(policyKey(key, settings), { trust: rootOf(world), transparencyLog: 'required' });
    const items = [
      bundleEvidence(world.signImageBundle({ digest, identity, log: 'rekor1' })),
      bundleEvidence(world.signImageBundle({ digest, identity, log: 'rekor2', entryKind: 'hashedrekord' })),
      bundleEvidence(world.signImageBundle({ digest, identity, log: 'rekor1', manifest: MANIFEST })),
      layerEvidence(world.cosignSignature({ digest, identity, log: true })),
      layerEvidence(world.cosignAttestation({ digest, identity, log: true, predicateType: 'https://example.test/p' })),
    ];
    for (const item of items) expect(material.verify(item, IMAGE, NOW).code).toBe('VERIFIED');
    const other = createKeyMaterial(policyKey(createKeyPair(kind), settings));
    for (const item of items) expect(other.verify(item, IMAGE, NOW).code).toBe('SIGNATURE_INVALID');
  });

  it.each([
    ['a small RSA key', generateKeyPairSync('rsa', { modulusLength: 1024 }), 'an RSA key of 1024 bits'],
    ['a curve nobody signs with', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'secp256k1'],
    ['DSA', generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }), 'of type dsa'],
    ['Ed448', generateKeyPairSync('ed448'), 'of type ed448'],
    // Which hash and salt it may sign with stands in the key itself, and nothing here reads that.
    ['a key for RSA-PSS alone', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }), 'of type rsa-pss'],
  ])('do not include %s: it is refused before anything is checked with it', (_, { publicKey }, why) => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const key = { keyId: keyIdOf(publicKey), pem, name: 'keys/test.pub' };
    expect(() => createKeyMaterial(key)).toThrow(expect.objectContaining({ message: expect.stringContaining(why) }));
  });

  const ways = [
    ['rsa2048', { padding: 'pss' }, {}, '`padding: pss`'],
    ['rsa2048', { padding: 'pss', saltLength: 222 }, {}, '`padding: pss`'],
    ['rsa2048', { hash: 'sha512' }, {}, '`hash: sha512`'],
    ['rsa2048', { hash: 'sha384', padding: 'pss' }, {}, '`padding: pss` and `hash: sha384`'],
    ['rsa2048', {}, { padding: 'pss' }, '`padding: pkcs1`'],
    ['rsa2048', { padding: 'pss' }, { padding: 'pss', hash: 'sha512' }, '`hash: sha256`'],
    ['p256', { encoding: 'ieee-p1363' }, {}, '`encoding: ieee-p1363`'],
    ['p256', { hash: 'sha512' }, {}, '`hash: sha512`'],
    ['p384', { encoding: 'ieee-p1363', hash: 'sha256' }, {}, '`encoding: ieee-p1363`'],
  ] as const;
  it.each(ways)('%s %o is never guessed with the settings %o, and %s is what is told to write', (...row) => {
    const [kind, style, settings, told] = row;
    const key = createKeyPair(kind);
    const bundle = world.signImageBundle({ digest, identity: { kind: 'key', key, style } });
    const finding = check(createKeyMaterial(policyKey(key, settings)), bundle);
    expect(finding).toMatchObject({ code: 'SIGNATURE_INVALID', isSigned: true, found: told });
    expect(finding.message).toContain('The signature is of this key');
    expect(finding.advice).toContain(`write ${told} next to it in the policy`);
    // What it tells to write is right.
    const written = Object.fromEntries([...told.matchAll(/(\w+): ([\w-]+)/g)].map(([, name, value]) => [name, value]));
    const material = createKeyMaterial(policyKey(key, { ...settings, ...written }));
    expect(check(material, bundle).code).toBe('VERIFIED');
  });

  it.each(['rsa2048', 'p256', 'p384', 'ed25519'] as const)(
    '%s: another key, or another image, is no other way',
    (kind) => {
      const [key, other] = [createKeyPair(kind), createKeyPair(kind)];
      const style = kind === 'rsa2048' ? ({ padding: 'pss' } as const) : {};
      const bundle = world.signImageBundle({ digest, identity: { kind: 'key', key: other, style } });
      const finding = check(createKeyMaterial(policyKey(key)), bundle);
      expect(finding).toMatchObject({ code: 'SIGNATURE_INVALID', found: expect.stringContaining('does not fit') });
      expect(finding.advice).toBeUndefined();
      expect(finding.isSigned).toBeUndefined();
    },
  );
});

describe('a key and a certificate (W9, C8)', () => {
  it('are never taken for each other, even when the key is the same', () => {
    const identity = world.mintKeyless();
    const keyless = world.signImageBundle({ digest, identity });
    const material = createKeyMaterial(policyKey(identity.key), { trust: rootOf(world) });
    expect(check(material, keyless)).toMatchObject({ code: 'MATERIAL_MISMATCH', found: 'a certificate' });
    const keyed = world.signImageBundle({ digest, identity: { kind: 'key', key: identity.key }, log: 'rekor1' });
    expect(check(trust, keyed)).toMatchObject({ code: 'MATERIAL_MISMATCH', found: 'a key' });
    expect(check(material, keyed)).toMatchObject({ code: 'VERIFIED', verified: { signer: { kind: 'key' } } });
  });

  it('are told apart in layers of cosign, too', () => {
    const identity = world.mintKeyless();
    const material = createKeyMaterial(policyKey(identity.key));
    const keyless = layerEvidence(world.cosignSignature({ digest, identity }));
    expect(material.verify(keyless, IMAGE, NOW).code).toBe('MATERIAL_MISMATCH');
    const keyed = layerEvidence(world.cosignSignature({ digest, identity: { kind: 'key', key: identity.key } }));
    expect(trust.verify(keyed, IMAGE, NOW).code).toBe('MATERIAL_MISMATCH');
  });

  it('the hint of a bundle proves nothing: a wrong one changes nothing, a right one does not help', () => {
    const [key, other] = [createKeyPair(), createKeyPair()];
    const hinted = (hint: string) =>
      world.signImageBundle({
        digest,
        identity: { kind: 'key', key },
        alter: ({ verificationMaterial }) => {
          verificationMaterial.publicKey = { hint };
        },
      });
    expect(check(createKeyMaterial(policyKey(key)), hinted('')).code).toBe('VERIFIED');
    expect(check(createKeyMaterial(policyKey(key)), hinted(other.keyId)).code).toBe('VERIFIED');
    expect(check(createKeyMaterial(policyKey(other)), hinted(other.keyId)).code).toBe('SIGNATURE_INVALID');
  });
});

describe('three keys', () => {
  it('verify a layer of cosign each for itself, and no wrong one', () => {
    const keys = [createKeyPair(), createKeyPair('ed25519'), createKeyPair('rsa2048')];
    const materials = keys.map((key) => createKeyMaterial(policyKey(key)));
    keys.forEach((key, at) => {
      const layer = layerEvidence(world.cosignSignature({ digest, identity: { kind: 'key', key } }));
      const codes = materials.map((material) => material.verify(layer, IMAGE, NOW).code);
      expect(codes.map((code) => code === 'VERIFIED')).toEqual([0, 1, 2].map((index) => index === at));
    });
  });
});

describe('the time a key is valid (W18, sigstore-go GHSA-wqqc-jjcq-vfxm)', () => {
  const key = createKeyPair();
  const identity = { kind: 'key', key } as const;
  const at = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR);
  const between = (start: number, end: number) => ({ start: at(start), end: at(end) });
  const stamped = world.signImageBundle({ digest, identity, timestamp: true, at: at(-2) });
  const bare = world.signImageBundle({ digest, identity });

  it('is compared with now when no time is proven', () => {
    const judge = (validFor: { start: Date; end: Date }) =>
      check(createKeyMaterial(policyKey(key), { validFor }), bare).code;
    expect(judge(between(-1, 1))).toBe('VERIFIED');
    expect(judge(between(-3, -1))).toBe('KEY_NOT_VALID');
    expect(judge(between(1, 3))).toBe('KEY_NOT_VALID');
  });

  it('is compared with every proven time', () => {
    const judge = (validFor: { start: Date; end: Date }) =>
      check(createKeyMaterial(policyKey(key), { validFor, trust: rootOf(world) }), stamped).code;
    expect(judge(between(-3, -1))).toBe('VERIFIED');
    expect(judge(between(-1, 1))).toBe('KEY_NOT_VALID');
    const logged = world.signImageBundle({
      digest,
      identity,
      timestamp: true,
      log: 'rekor1',
      timestampAt: at(-4),
      at: at(-2),
    });
    const material = createKeyMaterial(policyKey(key), { validFor: between(-3, 0), trust: rootOf(world) });
    expect(check(material, logged)).toMatchObject({ code: 'KEY_NOT_VALID', found: at(-4).toISOString() });
  });

  it('tells the proven times, oldest first, and none where none is proven', () => {
    const material = createKeyMaterial(policyKey(key), { trust: rootOf(world) });
    expect(check(material, stamped).verified?.signedAt).toEqual([at(-2).toISOString()]);
    expect(check(material, bare).verified?.signedAt).toEqual([]);
    expect(check(createKeyMaterial(policyKey(key)), stamped).verified?.signedAt).toEqual([]);
  });
});

describe('a key nobody should use', () => {
  const good = policyKey(createKeyPair());
  it.each([
    ['PEM that cannot be decoded', { ...good, pem: 'not PEM' }],
    ['an id that is not its own', { ...good, keyId: '0'.repeat(64) }],
  ])('is refused for %s', (_, key) => {
    expect(() => createKeyMaterial(key)).toThrow(InvalidInputError);
  });

  it('is refused when its signatures must be logged and no trust root names a log', () => {
    expect(() => createKeyMaterial(good, { transparencyLog: 'required' })).toThrow(/no trust root names one/);
    const blind = alteredRoot(world, (root) => (root.tlogs = []), { log: 0 });
    const required = { trust: blind, transparencyLog: 'required' } as const;
    expect(() => createKeyMaterial(good, required)).toThrow(
      /in a transparency log, and the trust root "acme" names none/,
    );
    expect(createKeyMaterial(good, { trust: blind, transparencyLog: 'optional' }).id).toContain(good.keyId);
  });
});
