import { connect as connectPlain } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { AcceptedCertificates } from '../../../src/domain/webhook-authentication.ts';
import { Renewable } from '../../../src/kit/renewable.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { makeCertificate, type TestCertificate } from '../../support/certificate.ts';
import { BODY, DIGEST, post, type StartedReceiver, startReceiver } from '../../support/webhook-receiver.ts';

const server = makeCertificate();
const quay = makeCertificate(['quay.example.com', 'spiffe://acme/quay']);
const other = makeCertificate(['other.example.com'], { name: 'other' });
const QUAY: AcceptedCertificates = { dnsNames: ['quay.example.com'], uris: [], commonNames: [] };

async function start(
  over: Partial<AcceptedCertificates> = QUAY,
  authorities: readonly TestCertificate[] = [quay, other],
) {
  const accepted = new Renewable({ dnsNames: [], uris: [], commonNames: [], ...over });
  const clientCa = new Secret(authorities.map(({ cert }) => cert).join(''));
  const [cert, key] = [new Secret(server.cert), new Secret(server.key)];
  const tls = { host: '127.0.0.1', port: 0, cert, key, clientCa };
  const hook = await startReceiver({ kind: 'clientCertificate', accepted }, { tls });
  return { ...hook, accepted, tls };
}

const REQUEST = [
  'POST /webhooks/hook HTTP/1.1',
  'Host: localhost',
  'Content-Type: application/json',
  `Content-Length: ${Buffer.byteLength(BODY)}`,
];
const text = (...more: readonly string[]): string => `${[...REQUEST, ...more].join('\r\n')}\r\n\r\n${BODY}`;

function open(port: number, client?: TestCertificate, session?: Buffer): TLSSocket {
  return connect({ port, host: '127.0.0.1', ca: server.cert, ...client, ...(session !== undefined && { session }) });
}

/** Sends a delivery by TLS and resolves with the status, once the server has closed. */
async function deliver({ tlsPort }: StartedReceiver, client?: TestCertificate, session?: Buffer): Promise<string> {
  const socket = open(tlsPort, client, session);
  socket.write(text('Connection: close'));
  return statusOf(await readAll(socket));
}

const statusOf = (answer: string): string => answer.slice(9, 12);

function readAll(socket: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(all));
  });
}

describe('a delivery with a certificate of the client', () => {
  it.each([
    ['a DNS name', QUAY],
    ['a URI', { uris: ['spiffe://acme/quay'] }],
    ['a common name', { commonNames: ['Lazaret test'] }],
    ['one name of several', { dnsNames: ['old.example.com', 'quay.example.com'] }],
  ])('is taken by %s', async (_what, accepted) => {
    const hook = await start(accepted);
    expect(await deliver(hook, quay)).toBe('202');
    expect(hook.events).toMatchObject([{ kind: 'push', digest: DIGEST }]);
  });

  it('is taken under the old authority and the new one, and the old one goes without a restart', async () => {
    const renewed = makeCertificate(['quay.example.com'], { name: 'renewed' });
    const hook = await start(QUAY, [quay, renewed]);
    expect([await deliver(hook, quay), await deliver(hook, renewed)]).toEqual(['202', '202']);
    hook.tls.clientCa.renew(new Secret(renewed.cert));
    hook.renewTls();
    expect([await deliver(hook, quay), await deliver(hook, renewed)]).toEqual(['401', '202']);
  });

  it('is taken under another name as soon as it is configured', async () => {
    const hook = await start();
    expect(await deliver(hook, other)).toBe('401');
    hook.accepted.renew(
      new Renewable({ dnsNames: ['quay.example.com', 'other.example.com'], uris: [], commonNames: [] }),
    );
    expect(await deliver(hook, other)).toBe('202');
  });
});

describe('A16: a client that has not the right certificate', () => {
  it.each([
    ['none', undefined, /has no certificate/],
    ['one of another authority', makeCertificate(['quay.example.com']), /has no certificate of an authority/],
    ['one of the authority, for another name', other, /another name/],
    ['one that has ended', makeCertificate(['quay.example.com'], { days: -0.5 }), /has no certificate/],
  ])('with %s is refused and leaves nothing behind', async (_what, client, why) => {
    const hook = await start(QUAY, [quay, other]);
    expect(await deliver(hook, client)).toBe('401');
    expect(hook.events).toEqual([]);
    expect(hook.results).toEqual(['unauthentic']);
    expect(JSON.parse(hook.log[0] ?? '{}').why).toMatch(why);
  });

  it.each([
    ['part of a name', { dnsNames: ['example.com', '*.example.com', 'quay.example.com.evil.example'] }],
    ['a DNS name where a URI is asked for', { uris: ['quay.example.com'] }],
    ['a URI where a DNS name is asked for', { dnsNames: ['spiffe://acme/quay'] }],
    ['a name where a common name is asked for', { commonNames: ['quay.example.com'] }],
  ])('is not known by %s', async (_what, accepted) => {
    expect(await deliver(await start(accepted), quay)).toBe('401');
  });

  it('is not known by what a header says, nor on the port without TLS', async () => {
    const hook = await start();
    const said = { 'x-client-cert': encodeURIComponent(quay.cert), 'x-ssl-client-verify': 'SUCCESS' };
    expect((await post(`${hook.url}/webhooks/hook`, said)).status).toBe(401);
  });

  it('does not come in by a session from before its authority was taken away', async () => {
    const hook = await start();
    const first = open(hook.tlsPort, quay);
    const session = new Promise<Buffer>((resolve) => first.once('session', resolve));
    first.write(text('Connection: close'));
    expect(statusOf(await readAll(first))).toBe('202');
    hook.tls.clientCa.renew(new Secret(other.cert));
    hook.renewTls();
    expect(await deliver(hook, quay, await session)).toBe('401');
    expect(await deliver(hook, undefined, await session)).toBe('401');
  });

  it('does not keep a connection from before that', async () => {
    const hook = await start();
    const socket = open(hook.tlsPort, quay);
    const answer = readAll(socket);
    // The first half of a request, so that the connection is at work when the authority goes.
    socket.write(text().slice(0, 60));
    await new Promise<void>((resolve) => socket.once('session', () => resolve()));
    hook.tls.clientCa.renew(new Secret(other.cert));
    hook.renewTls();
    socket.write(text().slice(60));
    expect((await answer).toLowerCase()).toContain('connection: close');
  });
});

describe('the port for deliveries by TLS', () => {
  it('serves webhooks and nothing else', async () => {
    const hook = await start();
    const statuses: string[] = [];
    for (const path of ['/healthz', '/readyz', '/metrics', '/api/v1/subjects']) {
      const socket = open(hook.tlsPort, quay);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      statuses.push(statusOf(await readAll(socket)));
    }
    expect(new Set(statuses)).toEqual(new Set(['404']));
  });

  it('A4: lives on when somebody speaks no TLS to it', async () => {
    const hook = await start();
    const socket = connectPlain(hook.tlsPort, '127.0.0.1');
    socket.write(text('Connection: close'));
    await readAll(socket);
    expect(await deliver(hook, quay)).toBe('202');
  });
});
