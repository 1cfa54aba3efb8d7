import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { FaultError } from '../../../src/kit/errors.ts';
import { readToken } from '../../../src/registry/auth/token-service.ts';
import { createTokenCheck } from '../../../src/sources/webhook/token-check.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const SERVICE = { realm: new URL('https://auth.example.com/token'), service: 'registry.example.com' };
const HOUR_MS = 3_600_000;
const ISSUER = 'https://issuer.example.com';
const NOW = new Date('2026-11-24T12:00:00Z');
const NOW_S = NOW.getTime() / 1000;

const answers = [
  { token: 'abc', access_token: '', expires_in: 300, issued_at: '2026-11-24T12:00:00Z' },
  { access_token: 'abc.def-ghi', expires_in: 1e12 },
  { token: null, access_token: 'x', expires_in: -1 },
];

const { publicKey, privateKey } = await generateKeyPair('ES256');
const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] };
const tokens = await Promise.all(
  [{ sub: 'pusher' }, { sub: 'pusher', email: 'a@example.com', email_verified: true }].map((claims) =>
    new SignJWT({ ...claims, iss: ISSUER, aud: 'lazaret', iat: NOW_S - 10, exp: NOW_S + 600 })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(privateKey),
  ),
);
const signed = new Set(tokens.map((token) => token.slice(0, token.lastIndexOf('.'))));

const check = createTokenCheck(
  {
    kind: 'oidc',
    issuer: ISSUER,
    accepted: { current: { audiences: ['lazaret'], emails: [], subjects: ['pusher'] } } as never,
  },
  {
    read: async (url) =>
      Buffer.from(
        JSON.stringify(
          url.pathname.includes('openid-configuration') ? { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` } : keys,
        ),
      ),
    nowMs: () => 0,
    clock: () => NOW,
    checkClock: () => undefined,
  },
);

export const targets: readonly FuzzTarget[] = [
  {
    name: 'registry-token',
    shape: 'json',
    seeds: answers.map((answer) => Buffer.from(JSON.stringify(answer))),
    async run(input) {
      const reply = { status: 200, body: input, header: () => undefined };
      try {
        const { value, freshUntil } = await readToken(SERVICE, undefined, { kind: 'none' }, async () => reply);
        assert.match(value, /^[\x21-\x7e]{1,16000}$/, 'a token is one word of a header');
        assert.ok(freshUntil <= performance.now() + HOUR_MS, 'no token lives for longer than an hour');
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        assert.equal(error.retryable, false);
      }
    },
  },
  {
    name: 'jwt',
    shape: 'text',
    seeds: tokens.map((token) => Buffer.from(token)),
    words: [
      'none',
      'HS256',
      Buffer.from('{"alg":"none"}').toString('base64url'),
      Buffer.from('{"alg":"HS256","kid":"one"}').toString('base64url'),
    ],
    async run(input) {
      const token = input.toString('latin1');
      const { isKnown } = await check.judge({
        headers: { authorization: [`Bearer ${token}`] },
        certificate: undefined,
      });
      if (isKnown)
        assert.ok(signed.has(token.slice(0, token.lastIndexOf('.'))), 'only what the issuer signed is believed');
    },
  },
];
