import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Secret } from '../kit/secret.ts';
import { createApp, SERVER_LIMITS } from './create-app.ts';
import type { ListenOptions } from './listen.ts';

export interface TlsServerOptions extends ListenOptions {
  /** All PEM. They may be exchanged: `renew` takes what is in them by then. */
  readonly cert: Secret;
  readonly key: Secret;
  /** Authorities of certificates of clients; absent: no client is asked for one. */
  readonly clientCa?: Secret;
}

/** A server by TLS, without routes yet. */
export interface TlsServer {
  readonly app: FastifyInstance;
  /** New connections see the certificates as they are now; old ones end with the request they are at. */
  renew(): void;
}

// Node waits two minutes for a handshake, which needs a few round trips. Not less than a request has: Node ends it before it
// reads what came while the process stood still, and nothing else can be done then (late-requests.ts).
const HANDSHAKE_TIMEOUT_MS = SERVER_LIMITS.requestTimeout;

/** Creates it. A client without a certificate is let in too: whether he needs one is his receiver's to say. */
export function createTlsServer(options: TlsServerOptions, logger: Logger): TlsServer {
  const server = createServer({
    ...SERVER_LIMITS,
    ...readCertificates(options),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: options.clientCa !== undefined,
    rejectUnauthorized: false,
  });
  let current = new WeakSet<Socket>();
  server.on('secureConnection', (socket) => current.add(socket));
  const app = createApp(logger, (handler) => server.on('request', handler));
  app.addHook('onRequest', async ({ raw }, reply) => {
    // Its certificate was held against authorities that are no longer those in use.
    if (!current.has(raw.socket)) void reply.header('connection', 'close');
  });
  return {
    app,
    renew() {
      current = new WeakSet();
      server.setSecureContext(readCertificates(options));
      server.closeIdleConnections();
    },
  };
}

function readCertificates({ cert, key, clientCa }: TlsServerOptions): SecureContextOptions {
  return {
    cert: cert.reveal(),
    key: key.reveal(),
    ...(clientCa !== undefined && { ca: clientCa.reveal() }),
  };
}
