import type { Server } from 'node:http';
import { type FastifyInstance, type FastifyServerFactory, fastify } from 'fastify';
import type { Logger } from 'pino';
import { answerClientError, isLate } from './client-error.ts';
import { createErrorHandler, sendError } from './http-error.ts';
import { watchLateRequests } from './late-requests.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

// A delivery is a few kilobytes: who needs longer than this holds a connection to no purpose (slowloris).
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5000;
const KEEP_ALIVE_MS = 10_000;
// Node looks at both every 30 s unless told: a slow sender would have that long.
const TIMEOUT_CHECK_MS = 1000;
const MAX_HEADER_BYTES = 16 * 1024;
// Node's own default is unlimited; each idle connection holds about 10 KiB.
const MAX_CONNECTIONS = 4096;
// A registry id, a repository of 255 characters and a digest of 135 fit.
const MAX_PARAM_LENGTH = 1024;

/** What every server of ours bounds, by TLS or not. */
export const SERVER_LIMITS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  connectionsCheckingInterval: TIMEOUT_CHECK_MS,
};

// No route has a schema of Fastify's, and the two compilers of schemas cost 30 ms and 5 MiB to load.
const NO_SCHEMAS = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

function refuseSchema(): never {
  throw new TypeError('routes have no schemas: nothing compiles them');
}

/** Creates an HTTP server without routes, in these bounds; `serverFactory` makes another server than the plain one. */
export function createApp(logger: Logger, serverFactory?: FastifyServerFactory<Server>): FastifyInstance {
  const { requestTimeout, keepAliveTimeout, ...http } = SERVER_LIMITS;
  const app = fastify({
    logger: false,
    requestTimeout,
    keepAliveTimeout,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: 'idle',
    clientErrorHandler: (error, socket) => {
      if (isLate(error)) void late.judge(socket, () => answerClientError(error, socket));
      else answerClientError(error, socket);
    },
    http,
    schemaController: { compilersFactory: NO_SCHEMAS },
    ...(serverFactory !== undefined && { serverFactory }),
  });
  const late = watchLateRequests(app.server);
  app.server.maxConnections = MAX_CONNECTIONS;
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    done();
  });
  app.setErrorHandler(createErrorHandler(logger));
  // The default answer repeats the path, and the path of a receiver may be its secret.
  app.setNotFoundHandler(async (_request, reply) =>
    sendError(reply, 404, { code: 'NOT_FOUND', message: 'there is nothing here' }),
  );
  return app;
}
