import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EventMap } from '../../../src/domain/event-map.ts';
import type { WebhookAuthentication } from '../../../src/domain/webhook-authentication.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { findDialect, findHandshake } from '../../../src/sources/dialects/dialects.ts';
import { payloadLimits } from '../../../src/sources/dialects/payload-limits.ts';
import type { WebhookReceiver } from '../../../src/sources/webhook/receiver-routes.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BODY, DIGEST, post, type StartedReceiver, startReceiver } from '../../support/webhook-receiver.ts';

const SECRET = 'canary-hook-secret';

const hmac = (secret: string, body = BODY): string => createHmac('sha256', secret).update(body).digest('hex');

const jfrogSigned: WebhookAuthentication = {
  kind: 'hmac',
  header: 'X-JFrog-Event-Auth',
  format: 'hex',
  algorithm: 'sha256',
  secrets: [new Secret('old'), new Secret(SECRET)],
};
const jfrogPlain: WebhookAuthentication = {
  kind: 'header',
  name: 'X-JFrog-Event-Auth',
  values: [new Secret('old'), new Secret(SECRET)],
};

describe('A1: a forged delivery is refused and leaves nothing behind', () => {
  const bearer: WebhookAuthentication = { kind: 'bearer', tokens: [new Secret(SECRET)] };
  const signed: WebhookAuthentication = {
    kind: 'hmac',
    header: 'X-Sig',
    format: 'prefixed',
    algorithm: 'sha256',
    secrets: [new Secret(SECRET)],
  };
  const fixed: WebhookAuthentication = { kind: 'header', name: 'Authorization', values: [new Secret(SECRET)] };
  const reserialised = JSON.stringify(JSON.parse(BODY), null, 1);
  const cases: [string, WebhookAuthentication, Record<string, string>][] = [
    ['no bearer token', bearer, {}],
    ['a short bearer token', bearer, { authorization: `Bearer ${SECRET.slice(0, -1)}` }],
    ['a wrong bearer token', bearer, { authorization: 'Bearer wrong' }],
    ['the token under another scheme', bearer, { authorization: `Basic ${SECRET}` }],
    ['no fixed header', fixed, {}],
    ['a wrong fixed header', fixed, { authorization: `${SECRET}x` }],
    ['no signature', signed, {}],
    ['a signature without its prefix', signed, { 'x-sig': hmac(SECRET) }],
    ['a signature in upper case', signed, { 'x-sig': `sha256=${hmac(SECRET).toUpperCase()}` }],
    ['the signature of the same JSON written otherwise', signed, { 'x-sig': `sha256=${hmac(SECRET, reserialised)}` }],
    ["another receiver's secret", signed, { 'x-sig': `sha256=${hmac('other-secret')}` }],
    [
      'an HMAC-SHA1 where SHA-256 is asked for',
      signed,
      { 'x-sig': `sha1=${createHmac('sha1', SECRET).update(BODY).digest('hex')}` },
    ],
    ['the plain secret where JFrog is to sign', jfrogSigned, { 'x-jfrog-event-auth': SECRET }],
    ['a signature where JFrog is to send the plain secret', jfrogPlain, { 'x-jfrog-event-auth': hmac(SECRET) }],
    ['a signature cut short', signed, { 'x-sig': `sha256=${hmac(SECRET).slice(0, 32)}` }],
  ];
  it.each(cases)('%s', async (_name, authentication, headers) => {
    const hook = await startReceiver(authentication);
    const response = await post(`${hook.url}/webhooks/hook`, headers);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'EVENT_UNAUTHENTIC' });
    expect(hook.events).toEqual([]);
    expect(hook.parked).toEqual([]);
    expect(hook.results).toEqual(['unauthentic']);
    expect(hook.log.join('')).not.toContain(SECRET);
  });

  it('two signatures, of which one is right', async () => {
    const hook = await startReceiver(signed);
    const lines = [
      'POST /webhooks/hook HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      `X-Sig: sha256=${hmac(SECRET)}`,
      `X-Sig: sha256=${hmac('other')}`,
      `Content-Length: ${Buffer.byteLength(BODY)}`,
      'Connection: close',
    ];
    const answer = await talk(hook.port, `${lines.join('\r\n')}\r\n\r\n${BODY}`);
    expect(answer).toMatch(/^HTTP\/1\.1 401/);
    expect(hook.events).toEqual([]);
  });

  it('a receiver whose secret is empty, or whose path can be guessed, does not start', async () => {
    await expect(startReceiver({ kind: 'bearer', tokens: [new Secret('')] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await expect(startReceiver({ kind: 'bearer', tokens: [] })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(startReceiver({ kind: 'path', paths: [new Secret('hook')] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});

describe('an authentic delivery', () => {
  const path = 'aZ09_-aZ09_-aZ09_-';
  const cases: [string, WebhookAuthentication, Record<string, string>, string][] = [
    [
      'by bearer token',
      { kind: 'bearer', tokens: [new Secret('old'), new Secret(SECRET)] },
      { authorization: `bearer ${SECRET}` },
      'hook',
    ],
    ['by fixed header', { kind: 'header', name: 'X-Hook', values: [new Secret(SECRET)] }, { 'x-hook': SECRET }, 'hook'],
    [
      'by signature',
      {
        kind: 'hmac',
        header: 'X-Sig',
        format: 'hex',
        algorithm: 'sha256',
        secrets: [new Secret('old'), new Secret(SECRET)],
      },
      { 'x-sig': hmac(SECRET) },
      'hook',
    ],
    [
      "by Nexus's signature, HMAC-SHA1",
      {
        kind: 'hmac',
        header: 'X-Nexus-Webhook-Signature',
        format: 'hex',
        algorithm: 'sha1',
        secrets: [new Secret('old'), new Secret(SECRET)],
      },
      { 'x-nexus-webhook-signature': createHmac('sha1', SECRET).update(BODY).digest('hex') },
      'hook',
    ],
    ["by JFrog's signature", jfrogSigned, { 'x-jfrog-event-auth': hmac(SECRET) }, 'hook'],
    ["by JFrog's plain secret", jfrogPlain, { 'x-jfrog-event-auth': SECRET }, 'hook'],
    [
      'by user and password',
      { kind: 'basic', username: 'robot', passwords: [new Secret('old'), new Secret(SECRET)] },
      { authorization: `Basic ${Buffer.from(`robot:${SECRET}`).toString('base64')}` },
      'hook',
    ],
    ['by a long random path', { kind: 'path', paths: [new Secret(path)] }, {}, path],
    ['by the old path', { kind: 'path', paths: [new Secret(`new-${path}`), new Secret(path)] }, {}, path],
    ['by the new path', { kind: 'path', paths: [new Secret(`new-${path}`), new Secret(path)] }, {}, `new-${path}`],
  ];
  it.each(cases)('is taken %s', async (_name, authentication, headers, key) => {
    const hook = await startReceiver(authentication);
    const response = await post(`${hook.url}/webhooks/${key}`, headers);
    expect(response.status).toBe(202);
    expect(hook.events).toMatchObject([{ kind: 'push', repository: 'acme/app', digest: DIGEST }]);
  });

  it('A10: a push of Docker Hub leaves its callback nowhere', async () => {
    const receiver = { id: 'hub', dialect: findDialect('dockerhub'), limits: payloadLimits('dockerhub') };
    const hook = await startReceiver({ kind: 'path', paths: [new Secret(path)] }, { receiver });
    const body = await readFile(new URL('../../fixtures/events/dockerhub-pushed.json', import.meta.url));
    expect((await post(`${hook.url}/webhooks/${path}`, {}, body)).status).toBe(202);
    expect(hook.events).toMatchObject([{ repository: 'svendowideit/testhook', tag: 'latest' }]);
    expect(JSON.stringify([hook.events, hook.log])).not.toMatch(/not-a-hook|callback|aZ09/);
  });

  it('is answered only after it has been committed', async () => {
    const { promise: committed, resolve: commit } = Promise.withResolvers<void>();
    const hook = await startReceiver({ kind: 'bearer', tokens: [new Secret(SECRET)] }, { receive: () => committed });
    let answered = false;
    const response = post(`${hook.url}/webhooks/hook`, { authorization: `Bearer ${SECRET}` }).then((reply) => {
      answered = true;
      return reply;
    });
    // A second request that is answered shows that the first one would have been, had it not waited.
    expect((await post(`${hook.url}/webhooks/none`, {})).status).toBe(404);
    expect(answered).toBe(false);
    commit();
    expect((await response).status).toBe(202);
  });

  it('is asked for again, with 503 and Retry-After, while the record cannot be written', async () => {
    const fault = new FaultError('DATABASE_UNAVAILABLE', 'the database does not answer', { retryable: true });
    const hook = await startReceiver(
      { kind: 'bearer', tokens: [new Secret(SECRET)] },
      { receive: () => Promise.reject(fault) },
    );
    const response = await post(`${hook.url}/webhooks/hook`, { authorization: `Bearer ${SECRET}` });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(hook.results).toEqual(['failed']);
  });
});

describe('what a dialect reads of a request', () => {
  const map: EventMap = {
    written: {},
    read: (_body, headers) => [
      () => ({
        repository: { kind: 'value', value: 'acme/app' },
        tag: { kind: 'value', value: 'v1' },
        actor: { kind: 'value', value: JSON.stringify(headers) },
      }),
    ],
  };
  it.each<[string, WebhookAuthentication, Record<string, string>]>([
    ['a bearer token', { kind: 'bearer', tokens: [new Secret(SECRET)] }, { authorization: `Bearer ${SECRET}` }],
    ['a header of its own', { kind: 'header', name: 'X-Hook', values: [new Secret(SECRET)] }, { 'x-hook': SECRET }],
  ])(
    'is not what proves the sender, which a map could put on record: %s (E8)',
    async (_name, authentication, proof) => {
      const hook = await startReceiver(authentication, { receiver: { dialect: findDialect('generic', map) } });
      const response = await post(`${hook.url}/webhooks/hook`, { ...proof, 'x-event': 'push', cookie: SECRET });
      expect(response.status).toBe(202);
      expect(hook.events[0]?.actor).toContain('"x-event":"push"');
      expect(JSON.stringify(hook.events)).not.toContain(SECRET);
    },
  );
});

describe('what is no delivery', () => {
  const authorized = { authorization: `Bearer ${SECRET}` };
  const bearer: WebhookAuthentication = { kind: 'bearer', tokens: [new Secret(SECRET)] };

  it('gets 404 for an unknown path, and the path is not repeated', async () => {
    const hook = await startReceiver(bearer);
    const response = await post(`${hook.url}/webhooks/secret-looking-path`, authorized);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('secret-looking-path');
  });

  it('gets 405 for another method and 415 for another content type or a compressed body', async () => {
    const hook = await startReceiver(bearer);
    expect((await fetch(`${hook.url}/webhooks/hook`)).status).toBe(405);
    const put = await fetch(`${hook.url}/webhooks/hook`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: BODY,
    });
    expect(put.status).toBe(405);
    expect((await fetch(`${hook.url}/webhooks/hook`, { method: 'OPTIONS' })).status).toBe(405);
    expect((await post(`${hook.url}/webhooks/hook`, { ...authorized, 'content-type': 'text/plain' })).status).toBe(415);
    const compressed = await post(`${hook.url}/webhooks/hook`, { ...authorized, 'content-encoding': 'gzip' });
    expect(compressed.status).toBe(415);
  });

  it('is kept with the reason when it cannot be read, and refused with 400', async () => {
    const hook = await startReceiver(bearer);
    const response = await post(`${hook.url}/webhooks/hook`, authorized, '{"specversion":');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'EVENT_MALFORMED' });
    expect(hook.parked).toMatchObject([{ sourceId: 'hook', reason: expect.stringContaining('EVENT_MALFORMED') }]);
    expect(Buffer.from(hook.parked[0]!.body).toString()).toBe('{"specversion":');
  });

  it('is accepted in the end when the sender repeats it for ever, so that it does not hold back what follows', async () => {
    const hook = await startReceiver(bearer);
    const statuses: number[] = [];
    for (let time = 0; time < 4; time += 1) {
      statuses.push((await post(`${hook.url}/webhooks/hook`, authorized, 'no json')).status);
    }
    expect(statuses).toEqual([400, 400, 400, 202]);
  });
});

describe('a delivery that is not as usual gets a clear answer, is counted, and loses nothing', () => {
  const signedBy = (secret: string): WebhookAuthentication => ({
    kind: 'hmac',
    header: 'X-Sig',
    format: 'prefixed',
    algorithm: 'sha256',
    secrets: [new Secret(secret)],
  });
  const event = (tag: string, over: object = {}): object => ({
    ...JSON.parse(BODY),
    ...over,
    id: tag,
    data: { repository: 'acme/app', tag, digest: DIGEST },
  });

  async function deliver(events: unknown, secret = SECRET) {
    const hook = await startReceiver(signedBy(SECRET));
    const body = JSON.stringify(events);
    const send = () => post(`${hook.url}/webhooks/hook`, { 'x-sig': `sha256=${hmac(secret, body)}` }, body);
    return { hook, send };
  }

  it('A2: the same signed body again is taken again: the record knows that it is the same', async () => {
    const { hook, send } = await deliver(event('v1'));
    expect([(await send()).status, (await send()).status]).toEqual([202, 202]);
    expect(hook.events).toEqual([hook.events[0], hook.events[0]]);
    expect(hook.results).toEqual(['accepted', 'accepted']);
  });

  it('one with a wrong secret is refused, and taken as soon as the secret is right', async () => {
    const wrong = await deliver(event('v1'), 'other-secret');
    const answer = await wrong.send();
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 401,
      body: {
        code: 'EVENT_UNAUTHENTIC',
        message: 'expected the hmac authentication this receiver is configured with',
      },
    });
    expect(wrong.hook.log.join()).toContain('its signature is missing or wrong');
    const right = await deliver(event('v1'));
    expect((await right.send()).status).toBe(202);
  });

  it('one of many events, in any order, is taken whole, and one unreadable event among them hides none', async () => {
    const { hook, send } = await deliver([event('v3'), { ...event('v0'), data: 7 }, event('v1'), event('v2')]);
    const answer = await send();
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status: 202, body: { events: 4 } });
    expect(hook.events.map(({ kind, tag }) => `${kind} ${tag}`)).toEqual([
      'push v3',
      'ignored null',
      'push v1',
      'push v2',
    ]);
    expect(hook.results).toEqual(['accepted']);
  });

  it('one of an unknown version is kept with the reason, and refused', async () => {
    const { hook, send } = await deliver(event('v1', { specversion: '2.0' }));
    const answer = await send();
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({
      status: 400,
      body: { code: 'EVENT_UNSUPPORTED', message: expect.stringContaining('got "2.0"') },
    });
    expect(hook.parked).toMatchObject([{ sourceId: 'hook', reason: expect.stringContaining('EVENT_UNSUPPORTED') }]);
    expect(hook.results).toEqual(['malformed']);
  });
});

describe('A4: a huge or slow request costs nobody else anything', () => {
  const bearer: WebhookAuthentication = { kind: 'bearer', tokens: [new Secret(SECRET)] };
  const authorized = { authorization: `Bearer ${SECRET}` };

  it('2 MB announced are refused before they are sent', async () => {
    const hook = await startReceiver(bearer);
    const response = await post(`${hook.url}/webhooks/hook`, authorized, Buffer.alloc(2_000_000, 0x20));
    expect(response.status).toBe(413);
    expect(hook.results).toEqual(['too-large']);
  });

  it.each(['zot', 'distribution'] as const)('no manifest is too large for the event of %s', async (name) => {
    const hook = await startReceiver(bearer, { receiver: { dialect: findDialect(name), limits: payloadLimits(name) } });
    // As Go writes it: each of these characters becomes six bytes.
    const padding = '\\u003c'.repeat(4 * 1024 * 1024);
    const target = { mediaType: 'application/vnd.oci.image.manifest.v1+json', repository: 'acme/app', digest: DIGEST };
    const body =
      name === 'zot'
        ? `{"name":"acme/app","reference":"v1","manifest":"${padding}","digest":"${DIGEST}"}`
        : `{"events":[{"action":"push","target":{"references":[{"annotations":{"a":"${padding}"}}],${JSON.stringify(target).slice(1)}}]}`;
    const headers = { ...authorized, 'ce-type': 'zotregistry.image.updated', 'ce-specversion': '1.0' };
    expect((await post(`${hook.url}/webhooks/hook`, headers, body)).status).toBe(202);
    expect(hook.events).toMatchObject([{ kind: 'push', repository: 'acme/app', digest: DIGEST }]);
  });

  it('what an authentic sender sends in vain is a warning', async () => {
    const hook = await startReceiver(bearer);
    await post(`${hook.url}/webhooks/hook`, authorized, Buffer.alloc(2_000_000, 0x20));
    expect(hook.log.join('')).toMatch(/"level":40.*nobody judges what it announces/);
  });

  it('P10: a stranger without the secret of a signature is told to wait before his bodies are read', async () => {
    // Time stands still: however slow the machine, nothing is forgiven between one request and the next.
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const hook = await startReceiver({
      kind: 'hmac',
      header: 'X-Sig',
      format: 'hex',
      algorithm: 'sha256',
      secrets: [new Secret(SECRET)],
    });
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => post(`${hook.url}/webhooks/hook`, { 'x-sig': hmac('other') })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    // Announced and never sent: the answer does not wait for it.
    const head = `POST /webhooks/hook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Sig: ${hmac('other')}\r\nContent-Length: 9000\r\nConnection: close\r\n\r\n`;
    expect(await talk(hook.port, head)).toMatch(/^HTTP\/1\.1 429/);
    expect(hook.events).toEqual([]);
  });

  it('who knows the secret of a signature is never taken for a stranger', async () => {
    const hook = await startReceiver({
      kind: 'hmac',
      header: 'X-Sig',
      format: 'hex',
      algorithm: 'sha256',
      secrets: [new Secret(SECRET)],
    });
    for (let round = 0; round < 3; round += 1) {
      const posts = Array.from({ length: 100 }, () => post(`${hook.url}/webhooks/hook`, { 'x-sig': hmac(SECRET) }));
      for (const { status } of await Promise.all(posts)) expect(status).toBe(202);
    }
  });

  it('2 MB in chunks are cut off', async () => {
    const hook = await startReceiver(bearer);
    const head = `POST /webhooks/hook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ${SECRET}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`;
    expect(await talk(hook.port, head + chunk.repeat(32))).toMatch(/^HTTP\/1\.1 413/);
    expect(hook.events).toEqual([]);
  });

  it('JSON a million levels deep is malformed, not a crash', async () => {
    const hook = await startReceiver(bearer);
    const response = await post(`${hook.url}/webhooks/hook`, authorized, '['.repeat(1_000_000));
    expect(response.status).toBe(400);
    expect((await post(`${hook.url}/webhooks/hook`, authorized)).status).toBe(202);
  });

  it('senders that never finish their headers are cut off, and others are served meanwhile', async () => {
    const hook = await startReceiver(bearer);
    const slow = Array.from({ length: 100 }, () => talk(hook.port, 'POST /webhooks/hook HTTP/1.1\r\nHost: local'));
    expect((await post(`${hook.url}/webhooks/hook`, authorized)).status).toBe(202);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^(?:HTTP\/1\.1 408|$)/);
  });

  it.each([
    ['headers over 16 KiB', `X-Long: ${'x'.repeat(17_000)}`, 431, 'HEADERS_TOO_LARGE'],
    ['what is no HTTP', 'no header', 400, 'BAD_REQUEST'],
  ])('%s: the answer says what is wrong, with a code', async (_what, header, status, code) => {
    const hook = await startReceiver(bearer);
    const answer = await talk(hook.port, `POST /webhooks/hook HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({ code, message: expect.any(String) });
  });

  it('a body that comes with its headers and one that comes byte by byte, signed, are the same delivery', async () => {
    const hook = await startReceiver(jfrogSigned);
    const head = `POST /webhooks/hook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/cloudevents+json\r\nX-JFrog-Event-Auth: ${hmac(SECRET)}\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(BODY)}\r\n\r\n`;
    expect(await talk(hook.port, head + BODY)).toMatch(/^HTTP\/1\.1 202/);
    expect(await talk(hook.port, head, ...BODY)).toMatch(/^HTTP\/1\.1 202/);
    expect(hook.events).toHaveLength(2);
    expect(hook.events[1]).toEqual(hook.events[0]);
  });

  it('a sender that hangs up in the middle of its body is no fault of ours', async () => {
    const hook = await startReceiver({
      kind: 'hmac',
      header: 'X-Sig',
      format: 'prefixed',
      algorithm: 'sha256',
      secrets: [new Secret(SECRET)],
    });
    const head =
      'POST /webhooks/hook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Sig: sha256=0000000000000000000000000000000000000000000000000000000000000000\r\nContent-Length: 99\r\n\r\n{';
    await hangUp(hook.port, head);
    await waitFor(() => hook.results.length > 0, { what: 'the delivery to be counted' });
    expect(hook.results).toEqual(['aborted']);
    expect(hook.log.map((line) => JSON.parse(line).level).filter((level) => level >= 40)).toEqual([]);
  });

  it('more than the configured rate gets 429 with Retry-After', async () => {
    const hook = await startReceiver(bearer, { receiver: { rate: { perSecond: 0.001, burst: 2 } } });
    const statuses: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      statuses.push((await post(`${hook.url}/webhooks/hook`, authorized)).status);
    }
    expect(statuses).toEqual([202, 202, 429]);
  });
});

/** Sends raw bytes and closes the connection without waiting for an answer. */
async function hangUp(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.write(bytes, resolve));
  socket.destroy();
}

/** Sends raw bytes, piece by piece, and resolves with what came back until the server closed the connection. */
function talk(port: number, ...pieces: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, async () => {
      for (const piece of pieces) await new Promise((sent) => socket.write(piece, sent));
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    // The server may reset a connection whose body it will not read.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

describe('a subscription of Event Grid that asks whether its events are expected (A12)', () => {
  const bearer: WebhookAuthentication = { kind: 'bearer', tokens: [new Secret(SECRET)] };
  const receiver: Partial<WebhookReceiver> = {
    dialect: findDialect('eventgrid'),
    limits: payloadLimits('eventgrid'),
    handshake: findHandshake('eventgrid'),
  };
  const known = { authorization: `Bearer ${SECRET}` };
  const asking = { ...known, 'aeg-event-type': 'SubscriptionValidation' };
  const question = {
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    data: { validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6', validationUrl: 'http://127.0.0.1:1/validate' },
  };
  const send = (hook: StartedReceiver, headers: Record<string, string>, events: unknown): Promise<Response> =>
    post(`${hook.url}/webhooks/hook`, { ...headers, 'content-type': 'application/json' }, JSON.stringify(events));
  const ask = (hook: StartedReceiver, headers: Record<string, string>, path = 'hook'): Promise<Response> =>
    fetch(`${hook.url}/webhooks/${path}`, { method: 'OPTIONS', headers });

  it('gets its code back with 200, and nothing is recorded', async () => {
    const hook = await startReceiver(bearer, { receiver });
    const response = await send(hook, asking, [question]);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ validationResponse: question.data.validationCode });
    expect({ events: hook.events, parked: hook.parked }).toEqual({ events: [], parked: [] });
  });

  it('is told nothing without the secret, whatever it asks', async () => {
    const hook = await startReceiver(bearer, { receiver });
    const response = await send(hook, { 'aeg-event-type': 'SubscriptionValidation' }, [question]);
    expect(response.status).toBe(401);
    expect(await response.text()).not.toContain(question.data.validationCode);
    const options = await ask(hook, { 'webhook-request-origin': 'eventgrid.azure.net' });
    expect(options.status).toBe(401);
    expect(options.headers.get('webhook-allowed-origin')).toBeNull();
  });

  it.each([
    ['a code that is markup', [{ ...question, data: { validationCode: '<script>alert(1)</script>' } }]],
    ['a code that is no text', [{ ...question, data: { validationCode: ['x'] } }]],
    ['two questions', [question, question]],
    ['an event of another type', [{ ...question, eventType: 'Microsoft.ContainerRegistry.ImagePushed' }]],
    ['no list', question],
  ])('gets nothing back for %s', async (_name, events) => {
    const hook = await startReceiver(bearer, { receiver });
    const response = await send(hook, asking, events);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toMatch(/validationResponse|<script>/);
    expect(hook.parked).toHaveLength(1);
  });

  it('is a delivery like any other where the header does not say that it asks', async () => {
    const hook = await startReceiver(bearer, { receiver });
    expect((await send(hook, known, [question])).status).toBe(202);
    expect(hook.events).toMatchObject([{ kind: 'ignored' }]);
  });

  it('is allowed to send CloudEvents where it asks by OPTIONS with the secret, or at the secret path', async () => {
    const origin = {
      'webhook-request-origin': 'eventgrid.azure.net',
      'webhook-request-callback': 'http://127.0.0.1:1',
    };
    const hook = await startReceiver(bearer, { receiver });
    const response = await ask(hook, { ...known, ...origin });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'webhook-allowed-origin': 'eventgrid.azure.net',
      'webhook-allowed-rate': '*',
      allow: 'POST, OPTIONS',
    });
    const path = 'a-very-long-and-random-path';
    const secretive = await startReceiver({ kind: 'path', paths: [new Secret(path)] }, { receiver });
    expect((await ask(secretive, origin, path)).status).toBe(200);
    expect((await ask(secretive, origin)).status).toBe(405);
  });

  it('is not allowed to where it names no origin, or where the dialect has no such question', async () => {
    const hook = await startReceiver(bearer, { receiver });
    expect((await ask(hook, known)).status).toBe(405);
    expect((await ask(hook, { ...known, 'webhook-request-origin': 'http://evil.example.com/' })).status).toBe(405);
    const other = await startReceiver(bearer);
    const refused = await ask(other, { ...known, 'webhook-request-origin': 'eventgrid.azure.net' });
    expect(refused.status).toBe(405);
    expect(refused.headers.get('webhook-allowed-origin')).toBeNull();
  });

  it('delivers again what we could not store, for a fault of ours is never 400, 401, 403 or 413', async () => {
    const away = new FaultError('DATABASE_UNAVAILABLE', 'away', { retryable: true });
    const hook = await startReceiver(bearer, { receiver, receive: () => Promise.reject(away) });
    const pushed = {
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      data: { target: { repository: 'a', tag: 'b' } },
    };
    expect((await send(hook, known, [pushed])).status).toBe(503);
    const broken = await startReceiver(bearer, { receiver, receive: () => Promise.reject(new Error('a bug')) });
    expect((await send(broken, known, [pushed])).status).toBe(500);
  });
});
