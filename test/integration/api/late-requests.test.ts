import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../src/api/create-app.ts';
import { createTlsServer } from '../../../src/api/create-tls-server.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { makeCertificate } from '../../support/certificate.ts';

const LOGGER = pino({ level: 'silent' });
const BODY = JSON.stringify({ of: 'x'.repeat(40_000) });
const HEAD = `POST /hook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;
/** Shorter than in earnest, so that the process need not stand still for as long. */
const TIMES = { headersTimeout: 200, requestTimeout: 400, keepAliveTimeout: 300, keepAliveTimeoutBuffer: 0 };
/** Longer than all of them, and than Node waits from one look to the next. */
const STILL_MS = 1500;

const certificate = makeCertificate();
const plain = createApp(LOGGER);
const { app: secure } = createTlsServer(
  { host: '127.0.0.1', port: 0, cert: new Secret(certificate.cert), key: new Secret(certificate.key) },
  LOGGER,
);

beforeAll(async () => {
  for (const app of [plain, secure]) {
    app.post('/hook', async (_request, reply) => reply.code(202).send());
    Object.assign(app.server, TIMES);
    await app.listen({ host: '127.0.0.1', port: 0 });
  }
});
afterAll(() => Promise.all([plain.close(), secure.close()]));

const portOf = ({ server }: FastifyInstance): number => (server.address() as { port: number }).port;

/** Opens a connection that the server knows of. */
async function open(app: FastifyInstance) {
  const isTls = app === secure;
  const known = once(app.server, isTls ? 'secureConnection' : 'connection');
  const to = { port: portOf(app), host: '127.0.0.1' };
  const socket: Socket = isTls ? connectTls({ ...to, ca: certificate.cert, servername: 'localhost' }) : connect(to);
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', (error: Error & { code?: string }) => {
    text += ` ${error.code} `;
  });
  const closed = once(socket, 'close');
  await Promise.all([known, once(socket, isTls ? 'secureConnect' : 'connect')]);
  /** What the server has said: the status of each answer, and how the connection was broken. */
  const said = () => [...text.matchAll(/(?<=HTTP\/1\.1 )\d{3}|\bE[A-Z]{4,}/g)].map(([word]) => word);
  return { socket, closed, said, answered: () => once(socket, 'data') };
}

/** Sends, and has this process, which is the server's, stand still before it reads that: nothing else comes between. */
async function sendAndStandStill(socket: Socket, bytes: string): Promise<void> {
  await nextTurn();
  socket.write(bytes);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STILL_MS);
}

describe.each([
  ['HTTP', plain],
  ['HTTPS', secure],
])('a delivery by %s that came while the process stood still', (_name, app) => {
  it('is taken, as the first of its connection', async () => {
    const { socket, said, answered } = await open(app);
    const answer = answered();
    await sendAndStandStill(socket, HEAD + BODY);
    await answer;
    expect(said()).toEqual(['202']);
    socket.destroy();
  });

  it('is taken, of which only the headers were read before', async () => {
    const { socket, said, answered } = await open(app);
    const begun = once(app.server, 'request');
    socket.write(HEAD);
    await begun;
    const answer = answered();
    await sendAndStandStill(socket, BODY);
    await answer;
    expect(said()).toEqual(['202']);
    socket.destroy();
  });

  it('is taken, of a connection that was kept alive', async () => {
    const { socket, said, answered } = await open(app);
    const first = answered();
    socket.write(HEAD + BODY);
    await first;
    const second = answered();
    await sendAndStandStill(socket, HEAD + BODY);
    await second;
    expect(said()).toEqual(['202', '202']);
    socket.destroy();
  });
});

describe('a connection whose time is over', () => {
  it('has a last moment, and the whole time for a request that begins in it', async () => {
    const { socket, said, answered } = await open(plain);
    await once(plain.server, 'clientError');
    const answer = answered();
    socket.write(HEAD + BODY);
    await answer;
    expect(said()).toEqual(['202']);
    socket.destroy();
  });

  it.each([
    ['nothing', ['']],
    ['a part of the headers', ['POST /hook HTTP/1.1\r\nHost: loc']],
    ['a part of the body', [HEAD, BODY.slice(1)]],
    ['nothing, and then a part', ['', HEAD]],
    ['nothing, and then no request', ['', '\r\n']],
    ['a part, and then a little more', [HEAD, 'x']],
  ])('is cut off after %s (A4)', async (_what, parts) => {
    const { socket, closed, said } = await open(plain);
    for (const [position, part] of parts.entries()) {
      if (position > 0) await once(plain.server, 'clientError');
      socket.write(part);
    }
    await closed;
    expect(said()[0]).toBe('408');
  });

  it('is closed without a word if it was kept alive for nothing', async () => {
    const { socket, closed, said } = await open(plain);
    socket.write(HEAD + BODY);
    await closed;
    expect(said()).toEqual(['202']);
  });
});
