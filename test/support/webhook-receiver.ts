import pino from 'pino';
import { afterEach } from 'vitest';
import { createHttpServer, type HttpServerOptions } from '../../src/api/create-http-server.ts';
import type { RegistryEvent } from '../../src/domain/registry-event.ts';
import type { WebhookAuthentication } from '../../src/domain/webhook-authentication.ts';
import type { EventReceiver, ParkedDelivery } from '../../src/ports/event-source.ts';
import { parseLazaret } from '../../src/sources/dialects/lazaret.ts';
import { payloadLimits } from '../../src/sources/dialects/payload-limits.ts';
import type { WebhookReceiver } from '../../src/sources/webhook/receiver-routes.ts';
import type { WebhookDeps } from '../../src/sources/webhook/take-delivery.ts';
import { createWebhooks } from '../../src/sources/webhook/webhooks.ts';

/** The digest that {@link BODY} announces. */
export const DIGEST = `sha256:${'a'.repeat(64)}`;
/** An event as Lazaret itself words it. */
export const BODY = JSON.stringify({
  specversion: '1.0',
  id: '1',
  type: 'dev.lazaret.image.pushed.v1',
  source: 'test',
  data: { repository: 'acme/app', tag: 'v1', digest: DIGEST },
});
const JSON_TYPE = { 'content-type': 'application/cloudevents+json' };

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server with one receiver, and what it has taken, refused and said. */
export interface StartedReceiver {
  readonly url: string;
  readonly port: number;
  readonly events: RegistryEvent[];
  readonly parked: ParkedDelivery[];
  readonly results: string[];
  readonly log: string[];
  /** What people are told of. */
  readonly concerns: readonly string[];
  /** Where it takes deliveries by TLS. */
  readonly tlsPort: number;
  renewTls(): void;
}

/** How a receiver of a test differs from the usual. */
export interface ReceiverOptions {
  /** Called before an event counts as committed. */
  readonly receive?: () => Promise<void>;
  readonly receiver?: Partial<WebhookReceiver>;
  readonly openIssuer?: WebhookDeps['openIssuer'];
  readonly checkClock?: WebhookDeps['checkClock'];
  readonly tls?: NonNullable<HttpServerOptions['tls']>;
}

/** For receivers that take no tokens. */
export const noIssuer: WebhookDeps['openIssuer'] = () => () =>
  Promise.reject(new Error('no receiver here takes tokens'));

/** Starts the real HTTP server with the receiver `hook`; it is stopped after the test. */
export async function startReceiver(
  authentication: WebhookAuthentication,
  more: ReceiverOptions = {},
): Promise<StartedReceiver> {
  const events: RegistryEvent[] = [];
  const parked: ParkedDelivery[] = [];
  const results: string[] = [];
  const log: string[] = [];
  const concerns: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => log.push(line) });
  const receiver: EventReceiver = {
    receive: async (_origin, received) => {
      await more.receive?.();
      events.push(...received);
    },
    park: async (delivery) => void parked.push(delivery),
  };
  const metrics = { delivery: (_id: string, result: string) => results.push(result) };
  const hook: WebhookReceiver = {
    id: 'hook',
    registryIds: ['prod'],
    dialect: parseLazaret,
    limits: payloadLimits('lazaret'),
    authentication,
    ...more.receiver,
  };
  const server = await createHttpServer(
    { host: '127.0.0.1', port: 0, ...(more.tls !== undefined && { tls: more.tls }) },
    {
      webhooks: createWebhooks([hook], {
        receiver,
        logger,
        metrics,
        concerns: { raise: ({ problem }) => void concerns.push(problem) },
        openIssuer: more.openIssuer ?? noIssuer,
        ...(more.checkClock !== undefined && { checkClock: more.checkClock }),
      }),
      readiness: new Map(),
      metrics: { contentType: 'text/plain', render: async () => '' },
      logger,
    },
  );
  const { url, port, tls } = await server.start();
  stops.push(() => server.stop());
  return {
    url,
    port,
    events,
    parked,
    results,
    log,
    concerns,
    tlsPort: tls?.port ?? 0,
    renewTls: () => server.renewTls(),
  };
}

/** Delivers {@link BODY}, or another. */
export function post(
  url: string,
  headers: Record<string, string>,
  body: string | Uint8Array = BODY,
): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: Buffer.from(body) });
}
