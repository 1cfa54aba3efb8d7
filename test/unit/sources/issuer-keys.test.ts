import { exportJWK, type FlattenedJWSInput, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { FaultError } from '../../../src/kit/errors.ts';
import { createIssuerKeys } from '../../../src/sources/webhook/issuer-keys.ts';

const ISSUER = 'https://issuer.example.com/tenant/';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let jwk: object;
beforeAll(async () => {
  const { publicKey } = await generateKeyPair('ES256');
  jwk = { ...(await exportJWK(publicKey)), use: 'sig' };
});

/** An issuer whose documents the test changes, under a clock that the test moves. */
function world(kids: readonly string[] = ['one']) {
  const at = { ms: 0, kids, isDown: false, asked: [] as string[], discovery: {} as object };
  const read = async (url: URL): Promise<Uint8Array> => {
    at.asked.push(url.href);
    if (at.isDown) throw new FaultError('ISSUER_UNAVAILABLE', 'it does not answer', { retryable: true });
    const discovery = { issuer: ISSUER, jwks_uri: 'https://keys.example.com/jwks', ...at.discovery };
    const keys = at.kids.map((kid) => ({ ...jwk, kid }));
    return Buffer.from(JSON.stringify(url.pathname.endsWith('openid-configuration') ? discovery : { keys }));
  };
  const keys = createIssuerKeys(ISSUER, read, () => at.ms);
  const find = async (kid: string): Promise<unknown> => keys({ alg: 'ES256', kid }, {} as FlattenedJWSInput);
  return { at, find };
}

const NO_KEY = { code: 'ERR_JWKS_NO_MATCHING_KEY' };
const OUT_OF_REACH = { code: 'ISSUER_UNAVAILABLE', retryable: true };

describe('the keys of an issuer', () => {
  it('are found by its discovery document, and asked for once', async () => {
    const { at, find } = world();
    await Promise.all(Array.from({ length: 50 }, () => find('one')));
    const documents = [
      'https://issuer.example.com/tenant/.well-known/openid-configuration',
      'https://keys.example.com/jwks',
    ];
    expect(at.asked).toEqual(documents);
  });

  it('A15: who invents ten thousand names of keys makes us ask once a minute at most', async () => {
    const { at, find } = world();
    for (let number = 0; number < 10_000; number += 1) {
      at.ms = number * 12;
      await expect(find(`invented-${number}`)).rejects.toMatchObject(NO_KEY);
    }
    // Two minutes: at the start, after the first and at no other time, two documents each.
    expect(at.asked).toHaveLength(4);
  });

  it('are asked for again for one that is new, and once they are an hour old', async () => {
    const { at, find } = world();
    await find('one');
    at.ms = 2 * MINUTE;
    at.kids = ['one', 'two'];
    await find('two');
    expect(at.asked).toHaveLength(4);
    at.ms += HOUR;
    at.kids = ['two'];
    await expect(find('one')).rejects.toMatchObject(NO_KEY);
    expect(at.asked).toHaveLength(6);
  });

  it('are believed for a day while the issuer is out of reach, and then not any more', async () => {
    const { at, find } = world();
    await find('one');
    at.isDown = true;
    at.ms = 2 * HOUR;
    await expect(find('one')).resolves.toBeDefined();
    at.ms = 24 * HOUR;
    await expect(find('one')).rejects.toMatchObject(OUT_OF_REACH);
  });

  it('that cannot be had are our trouble, and nothing is said of the sender', async () => {
    const { at, find } = world();
    at.isDown = true;
    await expect(find('one')).rejects.toMatchObject({ ...OUT_OF_REACH, retryAfterMs: MINUTE });
    at.isDown = false;
    at.ms = MINUTE;
    await find('one');
    at.isDown = true;
    at.ms = 3 * MINUTE;
    await expect(find('two')).rejects.toMatchObject(OUT_OF_REACH);
    await expect(find('one')).resolves.toBeDefined();
  });

  it.each([
    ['of another issuer', { issuer: 'https://issuer.example.com' }, /about another issuer/],
    ['that names keys in clear text', { jwks_uri: 'http://issuer.example.com/jwks' }, /no https jwks_uri/],
    ['that names no keys', { jwks_uri: 7 }, /no https jwks_uri/],
  ])('are not taken from a discovery document %s', async (_what, discovery, message) => {
    const { at, find } = world();
    at.discovery = discovery;
    await expect(find('one')).rejects.toThrow(message);
  });

  it.each([[[]], [Array.from({ length: 101 }, (_, index) => `key-${index}`)]])('are 1 to 100', async (kids) => {
    const { find } = world(kids);
    await expect(find('one')).rejects.toThrow(/expected 1 to 100 keys/);
  });

  it('that are no JSON are our trouble', async () => {
    const find = createIssuerKeys(
      ISSUER,
      async () => Buffer.from('<html>'),
      () => 0,
    );
    await expect(find({ alg: 'ES256' }, {} as FlattenedJWSInput)).rejects.toMatchObject(OUT_OF_REACH);
  });
});
