import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import { ROLES, type Role } from '../domain/role.ts';
import type { ShownConcern } from '../ports/concerns.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { RecordQuery } from '../ports/record-query.ts';
import type { UntoldQuery } from '../ports/untold-query.ts';
import { type AccessOptions, createAccessCheck } from './access.ts';
import { createApp } from './create-app.ts';
import { createTlsServer, type TlsServerOptions } from './create-tls-server.ts';
import { createHealthRoutes, type Readiness } from './health-routes.ts';
import { type Listening, listen } from './listen.ts';
import { createMetricsRoutes, type MetricsText } from './metrics-routes.ts';
import { createRegistryRoutes, type ShownRegistry } from './registry-routes.ts';
import { createRehearsalRoutes, type UnmadeWrites } from './rehearsal-routes.ts';
import { createSubjectRoutes } from './subject-routes.ts';

export interface HttpServerOptions extends AccessOptions {
  /** 0: any free one. */
  readonly port: number;
  /** A second port, by TLS and for deliveries alone; absent: there is none. */
  readonly tls?: TlsServerOptions;
}

export interface HttpServerDeps {
  /** Serves `/webhooks/…`; absent where no receiver is configured. */
  readonly webhooks?: FastifyPluginAsync;
  readonly readiness: Readiness;
  /** What this process does; absent: everything. */
  readonly roles?: readonly Role[];
  /** What it does for all processes on its record; absent: nothing. */
  readonly leadership?: Leadership;
  /** What keeps pushes from being heard, as `/readyz` shows it. */
  readonly concerns?: () => readonly ShownConcern[];
  readonly metrics: MetricsText;
  /** Absent where this process does not serve the API. */
  readonly query?: RecordQuery & UntoldQuery;
  /** Absent where this process does not serve the API. */
  readonly unmade?: UnmadeWrites;
  /** What the API tells of the registries; absent: nothing. */
  readonly registries?: () => Iterable<ShownRegistry>;
  readonly logger: Logger;
}

export interface HttpServer {
  /** Listens, on both ports if there are two. @throws {FaultError} `PORT_IN_USE` */
  start(): Promise<Listening & { readonly tls?: Listening }>;
  /** Takes the certificates into use that the options hold by now. */
  renewTls(): void;
  /** Takes no new request and waits for the ones under way. */
  stop(): Promise<void>;
}

/** Builds the HTTP server: webhooks, health, metrics and the read-only API; with TLS a second one for webhooks. */
export async function createHttpServer(options: HttpServerOptions, deps: HttpServerDeps): Promise<HttpServer> {
  const app = createApp(deps.logger);
  const { readiness, concerns = () => [], roles = ROLES, leadership } = deps;
  await app.register(createHealthRoutes({ readiness, concerns, roles, leadership }));
  await app.register(createMetricsRoutes(deps.metrics));
  if (deps.webhooks) await app.register(deps.webhooks);
  if (deps.query) await app.register(createSubjectRoutes(deps.query, createAccessCheck(options)));
  if (deps.unmade) await app.register(createRehearsalRoutes(deps.unmade, createAccessCheck(options)));
  if (deps.registries) await app.register(createRegistryRoutes(deps.registries, createAccessCheck(options)));
  const { tls } = options;
  if (tls === undefined)
    return { start: () => listen(app, options), renewTls: () => undefined, stop: () => app.close() };
  const { app: secure, renew } = createTlsServer(tls, deps.logger);
  if (deps.webhooks) await secure.register(deps.webhooks);
  return {
    start: () => startBoth(app, secure, { ...options, tls }),
    renewTls: renew,
    stop: async () => void (await Promise.all([secure.close(), app.close()])),
  };
}

async function startBoth(
  app: FastifyInstance,
  secure: FastifyInstance,
  options: HttpServerOptions & { readonly tls: TlsServerOptions },
) {
  const plain = await listen(app, options);
  try {
    return { ...plain, tls: await listen(secure, options.tls, 'https') };
  } catch (error) {
    await Promise.all([secure.close(), app.close()]);
    throw error;
  }
}
