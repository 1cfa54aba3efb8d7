import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createKafkaTokens, type KafkaTokens } from '../../../src/compose/kafka-tokens.ts';
import type { ClientCredentialsLogin } from '../../../src/domain/kafka-topic.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { startTokenService, type TestTokenService } from '../../support/servers/token-service.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const CANARY = 'canary-client-secret';
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0)) await stop();
});

async function startService(options: { readonly name?: string } = {}): Promise<TestTokenService> {
  const service = await startTokenService(options);
  stops.push(() => service.stop());
  return service;
}

function open(sasl: Parameters<typeof createKafkaTokens>[0]['sasl'], proxy?: Parameters<typeof createKafkaTokens>[1]) {
  const tokens = createKafkaTokens({ ...(sasl !== undefined && { sasl }) }, proxy);
  if (tokens === undefined) throw new TypeError('expected a login by token');
  stops.push(() => tokens.close());
  return tokens;
}

const loginAt = (service: TestTokenService, more: Partial<ClientCredentialsLogin> = {}): ClientCredentialsLogin => ({
  mechanism: 'oauthbearer',
  from: 'endpoint',
  tokenEndpoint: service.endpoint,
  clientId: 'lazaret:prod',
  clientSecret: new Secret(CANARY),
  ca: service.ca,
  extensions: {},
  ...more,
});

describe('tokens of a token service', () => {
  it('are asked for by id and secret, once until they have to be renewed', async () => {
    const service = await startService();
    const tokens = open(loginAt(service, { scope: 'kafka pushes', audience: 'https://kafka.example.com' }));
    expect(await Promise.all([tokens.read(), tokens.read()])).toEqual(['token-1', 'token-1']);
    expect(await tokens.read()).toBe('token-1');
    expect(service.asked).toEqual([
      {
        authorization: `Basic ${Buffer.from(`lazaret%3Aprod:${CANARY}`).toString('base64')}`,
        fields: { grant_type: 'client_credentials', scope: 'kafka pushes', audience: 'https://kafka.example.com' },
      },
    ]);
  });

  it('are asked for again when the last one is about to end', async () => {
    const service = await startService();
    service.answer = { status: 200, body: '{"access_token":"short","expires_in":0.001}' };
    const tokens = open(loginAt(service));
    await tokens.read();
    service.answer = { status: 200, body: '{"access_token":"next"}' };
    await expect.poll(() => tokens.read()).toBe('next');
    expect(await tokens.read()).toBe('next');
  });

  it.each(['"300"', '300', '-1', '"soon"', 'null'])('are kept where their life is %s', async (life) => {
    const service = await startService();
    service.answer = { status: 200, body: `{"access_token":"token","expires_in":${life}}` };
    const tokens = open(loginAt(service));
    await tokens.read();
    expect(await tokens.read()).toBe('token');
    expect(service.asked).toHaveLength(1);
  });

  it('take an exchanged secret with the next request', async () => {
    const service = await startService();
    service.answer = { status: 401, body: '{"error":"invalid_client"}' };
    const login = loginAt(service);
    const tokens = open(login);
    await expect(tokens.read()).rejects.toThrow('invalid_client');
    login.clientSecret.renew(new Secret('exchanged'));
    service.answer = { status: 200, body: '{"access_token":"right"}' };
    expect(await tokens.read()).toBe('right');
    expect(Buffer.from(service.asked[1]?.authorization.slice(6) ?? '', 'base64').toString()).toMatch(/:exchanged$/);
  });

  it('are asked for by the proxy that is configured, which sees nothing of them', async () => {
    const service = await startService({ name: 'login.acme.test' });
    const proxy = await startConnectProxy({ names: { 'login.acme.test': service.port } });
    stops.push(() => proxy.stop());
    const tokens = open(loginAt(service), { https: new Secret(proxy.url), except: [] });
    expect(await tokens.read()).toBe('token-1');
    expect(proxy.asked).toEqual(['CONNECT login.acme.test:443']);
    expect(proxy.seen()).not.toContain('token-1');
  });

  const FAULTS: readonly (readonly [string, number, string, RegExp])[] = [
    ['refuses the client', 400, '{"error":"unauthorized_client"}', /answered 400: unauthorized_client/],
    ['is not well', 503, '<html>', /answered 503$/],
    ['redirects', 302, '', /answered 302$/],
    ['answers no JSON', 200, '<html>', /without a token/],
    ['answers no token', 200, '{"token_type":"Bearer"}', /without a token/],
    ['answers a token with a line in it', 200, '{"access_token":"a\\nb"}', /without a token/],
    ['answers a token that would end the login early', 200, '{"access_token":"a\\u0001b"}', /without a token/],
  ];
  it.each(FAULTS)(
    'A21: are missed where the service %s: a fault that says so, and holds no secret',
    async (...[, status, body, message]) => {
      const service = await startService();
      service.answer = { status, body };
      const refused = await failureOf(open(loginAt(service)));
      expect(refused).toMatchObject({
        code: 'KAFKA_UNAVAILABLE',
        retryable: true,
        message: expect.stringMatching(message),
      });
      expect(JSON.stringify(refused)).not.toContain(CANARY);
    },
  );

  it('A21: are missed where its certificate is of an unknown authority', async () => {
    const { ca: _, ...login } = loginAt(await startService());
    expect(await failureOf(open(login))).toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  });
});

describe('a token in a file', () => {
  it('is read for each login, so that whoever renews it need not tell', async () => {
    const folder = await makeTempDir('token');
    stops.push(() => folder.remove());
    const tokenFile = join(folder.path, 'token');
    const tokens = open({ mechanism: 'oauthbearer', from: 'file', tokenFile, extensions: {} });
    expect(await failureOf(tokens)).toMatchObject({ message: expect.stringContaining('cannot be read (ENOENT)') });
    await writeFile(tokenFile, 'first\n');
    expect(await tokens.read()).toBe('first');
    await writeFile(tokenFile, 'second');
    expect(await tokens.read()).toBe('second');
    await writeFile(tokenFile, 'two words');
    expect(await failureOf(tokens)).toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining('no token'),
    });
  });
});

it('the token for Amazon MSK is made as whom AWS knows us, and kept', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  const tokens = open({ mechanism: 'aws-msk-iam', region: 'eu-central-1' });
  const token = await tokens.read();
  const url = new URL(Buffer.from(token, 'base64url').toString());
  expect(url.searchParams.get('X-Amz-Credential')).toMatch(/^AKIDEXAMPLE\/\d{8}\/eu-central-1\/kafka-cluster\//);
  expect(await tokens.read()).toBe(token);
});

it('a login by password needs no token', () => {
  const sasl = { mechanism: 'plain', username: 'a', password: new Secret('b') } as const;
  expect(createKafkaTokens({ sasl }, undefined)).toBeUndefined();
  expect(createKafkaTokens({}, undefined)).toBeUndefined();
});

async function failureOf(tokens: KafkaTokens): Promise<unknown> {
  return tokens.read().then(
    (token) => `unexpectedly ${token}`,
    (error: unknown) => error,
  );
}
