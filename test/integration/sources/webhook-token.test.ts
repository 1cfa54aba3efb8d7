import { createHmac } from 'node:crypto';
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIssuerReader, type IssuerReader } from '../../../src/compose/issuer-reader.ts';
import type { AcceptedTokens } from '../../../src/domain/webhook-authentication.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { Renewable } from '../../../src/kit/renewable.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { DISCOVERY, KEYS, startTokenIssuer, type TestIssuer } from '../../support/servers/token-issuer.ts';
import { DIGEST, post, type ReceiverOptions, startReceiver } from '../../support/webhook-receiver.ts';

const AUDIENCE = 'https://lazaret.example.com/webhooks/hook';
const EMAIL = 'push@acme.iam.gserviceaccount.com';
const now = (): number => Math.floor(Date.now() / 1000);

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startTokenIssuer();
});
afterAll(() => issuer.stop());
beforeEach(() => {
  issuer.instead.clear();
  issuer.asked.length = 0;
});

/** What Pub/Sub puts into the token of a push. */
const claims = () => ({
  iss: issuer.issuer,
  aud: AUDIENCE,
  sub: '113774264463038321964',
  email: EMAIL,
  email_verified: true,
  iat: now(),
  exp: now() + 3600,
});

async function start(over: Partial<AcceptedTokens> = {}, more: ReceiverOptions = {}) {
  const accepted = new Renewable<AcceptedTokens>({ audiences: [AUDIENCE], emails: [EMAIL], subjects: [], ...over });
  const hook = await startReceiver(
    { kind: 'oidc', issuer: issuer.issuer, ca: issuer.ca, accepted },
    { openIssuer, ...more },
  );
  const deliver = (token: string) => post(`${hook.url}/webhooks/hook`, { authorization: `Bearer ${token}` });
  return { ...hook, accepted, deliver };
}

const readers: IssuerReader[] = [];
afterAll(async () => void (await Promise.all(readers.map((reader) => reader.close()))));
const openIssuer = (from: { readonly issuer: string; readonly ca?: string }) => {
  const reader = createIssuerReader(from, undefined);
  readers.push(reader);
  return reader.read;
};

describe('a delivery with a token of an OIDC issuer', () => {
  it('is taken, and the keys are asked for once', async () => {
    const hook = await start();
    for (let time = 0; time < 3; time += 1) expect((await hook.deliver(await issuer.sign(claims()))).status).toBe(202);
    expect(hook.events).toMatchObject(Array.from({ length: 3 }, () => ({ kind: 'push', digest: DIGEST })));
    expect(issuer.asked).toEqual([DISCOVERY, KEYS]);
  });

  it('is taken under the old audience and the new one, the old account and the new one, without a restart', async () => {
    const hook = await start({ audiences: ['https://old.example.com'], emails: ['old@example.com'] });
    const renewed = await issuer.sign(claims());
    expect((await hook.deliver(renewed)).status).toBe(401);
    const both = { audiences: ['https://old.example.com', AUDIENCE], emails: ['old@example.com', EMAIL], subjects: [] };
    hook.accepted.renew(new Renewable(both));
    expect((await hook.deliver(renewed)).status).toBe(202);
    const old = await issuer.sign({ ...claims(), aud: 'https://old.example.com', email: 'old@example.com' });
    expect((await hook.deliver(old)).status).toBe(202);
  });

  it('is taken when its clock is half a minute off, in either direction', async () => {
    const hook = await start();
    const ahead = { ...claims(), iat: now() + 30, nbf: now() + 30 };
    expect((await hook.deliver(await issuer.sign(ahead))).status).toBe(202);
    const behind = { ...claims(), iat: now() - 3630, exp: now() - 30 };
    expect((await hook.deliver(await issuer.sign(behind))).status).toBe(202);
  });

  it('is taken by its subject alone where no e-mail is asked for', async () => {
    const hook = await start({ emails: [], subjects: ['webhook:acme'] });
    const { email: _, email_verified: __, ...rest } = claims();
    expect((await hook.deliver(await issuer.sign({ ...rest, sub: 'webhook:acme' }))).status).toBe(202);
    expect((await hook.deliver(await issuer.sign({ ...rest, sub: 'webhook:acme2' }))).status).toBe(401);
  });

  it('is asked for again with 503 while the keys cannot be had, and taken then', async () => {
    issuer.instead.set(KEYS, null);
    const hook = await start();
    const refused = await hook.deliver(await issuer.sign(claims()));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'ISSUER_UNAVAILABLE' });
    expect(hook.results).toEqual(['failed']);
    expect(hook.events).toEqual([]);
    expect(hook.concerns).toEqual([expect.stringContaining('whether a sender may deliver could not be told')]);
  });

  it('D4: is asked for again with 503 where it looks ended by a clock of ours that is wrong', async () => {
    const checkClock = (): void => {
      throw new FaultError('CLOCK_UNTRUSTED', 'the clock cannot be believed', { retryable: true });
    };
    const hook = await start({}, { checkClock });
    const ended = await hook.deliver(await issuer.sign({ ...claims(), exp: now() - 120 }));
    expect({ status: ended.status, body: await ended.json() }).toMatchObject({
      status: 503,
      body: { code: 'CLOCK_UNTRUSTED' },
    });
    // What has nothing to do with the time is not the clock's doing.
    expect((await hook.deliver(await issuer.sign({ ...claims(), aud: 'nobody' }))).status).toBe(401);
    expect((await hook.deliver(await issuer.sign(claims()))).status).toBe(202);
  });

  it('reads the keys through the proxy that is configured', async () => {
    const hidden = await startTokenIssuer({ name: 'issuer.acme.test' });
    const proxy = await startConnectProxy({ names: { 'issuer.acme.test': hidden.port } });
    const reader = createIssuerReader(hidden, { https: new Secret(proxy.url), except: [] });
    try {
      const accepted = new Renewable<AcceptedTokens>({ audiences: [AUDIENCE], emails: [EMAIL], subjects: [] });
      const hook = await startReceiver(
        { kind: 'oidc', issuer: hidden.issuer, accepted },
        { openIssuer: () => reader.read },
      );
      const authorization = `Bearer ${await hidden.sign({ ...claims(), iss: hidden.issuer })}`;
      expect((await post(`${hook.url}/webhooks/hook`, { authorization })).status).toBe(202);
      expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT issuer.acme.test:443']));
    } finally {
      await Promise.all([reader.close(), proxy.stop(), hidden.stop()]);
    }
  });
});

describe('A14: a token that is not right is refused and leaves nothing behind', () => {
  const wrong: readonly [string, () => Promise<string> | string, RegExp][] = [
    ['none at all', () => '', /no bearer token/],
    ['no token', () => 'not-a-token', /Invalid JWT/],
    [
      'one of another audience',
      () => issuer.sign({ ...claims(), aud: `${AUDIENCE}/` }),
      /"aud" claim.*webhooks\/hook\//,
    ],
    ['one of no audience', () => issuer.sign(omit(claims(), 'aud')), /"aud" claim/],
    ['one of another account', () => issuer.sign({ ...claims(), email: `x${EMAIL}` }), /for the e-mail "xpush@/],
    ['one without an account', () => issuer.sign(omit(claims(), 'email')), /for the e-mail nobody/],
    ['one whose e-mail is not verified', () => issuer.sign({ ...claims(), email_verified: false }), /not verified/],
    [
      'one whose e-mail is verified in words',
      () => issuer.sign({ ...claims(), email_verified: 'true' }),
      /not verified/,
    ],
    ['one that ended', () => issuer.sign({ ...claims(), exp: now() - 120 }), /"exp" claim/],
    ['one that never ends', () => issuer.sign(omit(claims(), 'exp')), /"exp" claim/],
    ['one from tomorrow', () => issuer.sign({ ...claims(), iat: now() + 120 }), /"iat" claim/],
    ['one that is not yet valid', () => issuer.sign({ ...claims(), nbf: now() + 120 }), /"nbf" claim/],
    ['one from the day before yesterday', () => issuer.sign({ ...claims(), iat: now() - 172_800 }), /"iat" claim/],
    ['one of another issuer', () => issuer.sign({ ...claims(), iss: 'https://evil.example.com' }), /another issuer/],
    ['one that nobody signed', () => new UnsecuredJWT(claims()).encode(), /alg/],
    ['one signed with the public key as a shared secret', forgedByPublicKey, /alg/],
    ['one whose signature is of other claims', swapped, /signature verification failed/],
    ['one of a key the issuer does not have', () => issuer.sign(claims(), { kid: 'other' }), /no applicable key/],
  ];
  it.each(wrong)('%s', async (_what, make, why) => {
    const hook = await start();
    const response = await hook.deliver(await make());
    expect(response.status).toBe(401);
    const answer = await response.text();
    expect(JSON.parse(answer)).toMatchObject({ code: 'EVENT_UNAUTHENTIC' });
    // What is right is not for strangers.
    expect(answer).not.toContain(EMAIL);
    expect(hook.events).toEqual([]);
    expect(hook.parked).toEqual([]);
    expect(hook.results).toEqual(['unauthentic']);
    expect(hook.log.map((line) => JSON.parse(line).why).join()).toMatch(why);
  });

  it('A15: tokens of another issuer, or with invented keys, do not make us ask ours again and again', async () => {
    const hook = await start();
    for (let number = 0; number < 20; number += 1) {
      const invented = await issuer.sign(claims(), { kid: `invented-${number}` });
      expect((await hook.deliver(invented)).status).toBe(401);
      const foreign = await issuer.sign({ ...claims(), iss: `https://${number}.example.com` });
      expect((await hook.deliver(foreign)).status).toBe(401);
    }
    expect(issuer.asked).toEqual([DISCOVERY, KEYS]);
  });

  it('P10: a stranger with tokens of his own is told to wait, and who is known never is', async () => {
    const hook = await start();
    for (let round = 0; round < 3; round += 1) {
      const known = Array.from({ length: 100 }, async () => hook.deliver(await issuer.sign(claims())));
      for (const { status } of await Promise.all(known)) expect(status).toBe(202);
    }
    const invented = await issuer.sign({ ...claims(), aud: 'nobody' });
    const answers = await Promise.all(Array.from({ length: 300 }, () => hook.deliver(invented)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
  });

  it('A15: an issuer that names keys at an address inside, or elsewhere by redirect, is not followed', async () => {
    issuer.instead.set(DISCOVERY, JSON.stringify({ issuer: issuer.issuer, jwks_uri: 'https://169.254.169.254/keys' }));
    const hook = await start();
    expect((await hook.deliver(await issuer.sign(claims()))).status).toBe(503);
    expect(hook.log.join('')).toContain('169.254.169.254');
  });

  it('A15: keys of a megabyte are our trouble, not our memory', async () => {
    issuer.instead.set(KEYS, JSON.stringify({ keys: [], padding: 'x'.repeat(1024 * 1024) }));
    const hook = await start();
    expect((await hook.deliver(await issuer.sign(claims()))).status).toBe(503);
  });

  it('a receiver that asks for nobody in particular does not start', async () => {
    await expect(start({ emails: [] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(start({ audiences: [] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

function omit(from: object, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));
}

/** RFC 8725 §2.1: what a verifier would take that believes the algorithm a token names. */
async function forgedByPublicKey(): Promise<string> {
  const [, body] = (await issuer.sign(claims())).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'key-1' })).toString('base64url');
  return `${header}.${body}.${createHmac('sha256', issuer.ca).update(`${header}.${body}`).digest('base64url')}`;
}

async function swapped(): Promise<string> {
  const [header, , signature] = (await issuer.sign(omit(claims(), 'email'))).split('.');
  const [, body] = (await issuer.sign(claims())).split('.');
  return [header, body, signature].join('.');
}
