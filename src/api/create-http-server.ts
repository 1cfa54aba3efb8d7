import helmet from '@fastify/helmet';
import { type FastifyInstance, type FastifyPluginAsync, fastify } from 'fastify';
import type { Logger } from 'pino';
import { FaultError } from '../kit/errors.ts';
import type { ShownConcern } from '../ports/concerns.ts';
import type { RecordQuery } from '../ports/record-query.ts';
import type { UntoldQuery } from '../ports/untold-query.ts';
import { type AccessOptions, createAccessCheck } from './access.ts';
import { answerClientError } from './client-error.ts';
import { createHealthRoutes, type Readiness } from './health-routes.ts';
import { createErrorHandler, sendError } from './http-error.ts';
import { createMetricsRoutes, type MetricsText } from './metrics-routes.ts';
import { createSubjectRoutes } from './subject-routes.ts';

export interface HttpServerOptions extends AccessOptions {
  /** 0: any free one. */
  readonly port: number;
}

export interface HttpServerDeps {
  /** Serves `/webhooks/…`; absent where no receiver is configured. */
  readonly webhooks?: FastifyPluginAsync;
  readonly readiness: Readiness;
  /** What keeps pushes from being heard, as `/readyz` shows it. */
  readonly concerns?: () => readonly ShownConcern[];
  readonly metrics: MetricsText;
  /** Absent where this process does not serve the API. */
  readonly query?: RecordQuery & UntoldQuery;
  readonly logger: Logger;
}

export interface HttpServer {
  /** Listens. @throws {FaultError} `PORT_IN_USE` */
  start(): Promise<{ readonly host: string; readonly port: number; readonly url: string }>;
  /** Takes no new request and waits for the ones under way. */
  stop(): Promise<void>;
}

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

/** Builds the one HTTP server: webhooks, health, metrics and the read-only API. */
export async function createHttpServer(options: HttpServerOptions, deps: HttpServerDeps): Promise<HttpServer> {
  const app = createApp(deps.logger);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  await app.register(createHealthRoutes(deps.readiness, deps.concerns ?? (() => [])));
  await app.register(createMetricsRoutes(deps.metrics));
  if (deps.webhooks) await app.register(deps.webhooks);
  if (deps.query) await app.register(createSubjectRoutes(deps.query, createAccessCheck(options)));
  return {
    start: () => listen(app, options),
    stop: () => app.close(),
  };
}

function createApp(logger: Logger): FastifyInstance {
  const app = fastify({
    logger: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.setErrorHandler(createErrorHandler(logger));
  // The default answer repeats the path, and the path of a receiver may be its secret.
  app.setNotFoundHandler(async (_request, reply) =>
    sendError(reply, 404, { code: 'NOT_FOUND', message: 'there is nothing here' }),
  );
  return app;
}

async function listen(app: FastifyInstance, options: HttpServerOptions) {
  const { host } = options;
  try {
    await app.listen({ host, port: options.port });
  } catch (error) {
    throw asFault(error, options);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { host, port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

function asFault(error: unknown, { host, port }: HttpServerOptions): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'EADDRINUSE') {
    const hint = `stop what listens there (ss -ltnp 'sport = :${port}' names it), or configure another port`;
    return new FaultError('PORT_IN_USE', `port ${port} on ${host} is in use`, { retryable: false, cause: error, hint });
  }
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL') {
    const hint = 'configure an address of this machine, and a port above 1023 unless the daemon may use lower ones';
    return new FaultError('PORT_IN_USE', `cannot listen on ${host}:${port}`, { retryable: false, cause: error, hint });
  }
  return error;
}
