import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type {
  AnnouncedSourceConfig,
  KafkaSourceConfig,
  PubsubSourceConfig,
  SqsSourceConfig,
  WebhookSourceConfig,
} from '../config/source-config.ts';
import type { Dialect } from '../domain/registry-event.ts';
import type { Timings } from '../domain/timings.ts';
import type { TokenIssuer } from '../domain/webhook-authentication.ts';
import type { Concerns } from '../ports/concerns.ts';
import type { EventReceiver, EventSource } from '../ports/event-source.ts';
import type { DeliveryMetrics } from '../sources/delivery-metrics.ts';
import { findDialect, findHandshake } from '../sources/dialects/dialects.ts';
import { type PayloadLimits, payloadLimits } from '../sources/dialects/payload-limits.ts';
import { createWebhooks } from '../sources/webhook/webhooks.ts';
import { createIssuerReader, type IssuerReader } from './issuer-reader.ts';
import { createKafkaTokens } from './kafka-tokens.ts';

export interface SourceDeps {
  readonly receiver: EventReceiver;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  readonly concerns: Concerns;
  readonly timings: Timings;
  /** @throws {FaultError} `CLOCK_UNTRUSTED` */
  readonly checkClock: () => void;
}

/**
 * Builds the receivers of `POST /webhooks/…`; `undefined` where none is configured.
 * @throws {InvalidInputError} `CONFIG_INVALID` for one without a usable secret
 */
export function createWebhookPlugin(
  { sources, proxy }: Pick<Config, 'sources' | 'proxy'>,
  deps: SourceDeps,
): FastifyPluginAsync | undefined {
  const webhooks = sources.filter((source): source is WebhookSourceConfig => source.kind === 'webhook');
  if (webhooks.length === 0) return undefined;
  const receivers = webhooks.map((webhook) => ({
    ...webhook,
    ...reading(webhook),
    handshake: findHandshake(webhook.dialect),
  }));
  const issuers: IssuerReader[] = [];
  const openIssuer = (issuer: TokenIssuer) => {
    const reader = createIssuerReader(issuer, proxy);
    issuers.push(reader);
    return reader.read;
  };
  const serve = createWebhooks(receivers, { ...deps, openIssuer });
  return async (app, options) => {
    app.addHook('onClose', async () => void (await Promise.all(issuers.map((issuer) => issuer.close()))));
    await serve(app, options);
  };
}

/** Builds the sources that listen on their own. */
export async function createEventSources(
  { sources, proxy }: Pick<Config, 'sources' | 'proxy'>,
  deps: SourceDeps,
): Promise<readonly EventSource[]> {
  const topics = sources.filter((source): source is KafkaSourceConfig => source.kind === 'kafka');
  const queues = sources.filter((source): source is SqsSourceConfig => source.kind === 'sqs');
  const pulled = sources.filter((source): source is PubsubSourceConfig => source.kind === 'pubsub');
  const [readers, pullers] = [await createQueueReaders(queues, proxy, deps), await createPullers(pulled, proxy, deps)];
  return [...(await createTopicReaders(topics, proxy, deps)), ...readers, ...pullers];
}

async function createTopicReaders(
  topics: readonly KafkaSourceConfig[],
  proxy: Config['proxy'],
  deps: SourceDeps,
): Promise<readonly EventSource[]> {
  if (topics.length === 0) return [];
  // kafkajs takes time and memory to load: only who reads a topic pays for it.
  const { createKafkaSource } = await import('../sources/kafka/kafka-source.ts');
  return topics.map((topic) => {
    const tokens = createKafkaTokens(topic, proxy);
    if (tokens === undefined) return createKafkaSource({ ...topic, ...reading(topic) }, deps);
    const source = createKafkaSource({ ...topic, ...reading(topic) }, { ...deps, readToken: tokens.read });
    return { ...source, stop: () => source.stop().finally(() => tokens.close()) };
  });
}

async function createQueueReaders(
  queues: readonly SqsSourceConfig[],
  proxy: Config['proxy'],
  deps: SourceDeps,
): Promise<readonly EventSource[]> {
  if (queues.length === 0) return [];
  const { createSqsSource } = await import('../sources/sqs/sqs-source.ts');
  return queues.map((queue) => createSqsSource({ ...queue, ...reading(queue), proxy }, deps));
}

async function createPullers(
  subscriptions: readonly PubsubSourceConfig[],
  proxy: Config['proxy'],
  deps: SourceDeps,
): Promise<readonly EventSource[]> {
  if (subscriptions.length === 0) return [];
  const { createPubsubSource } = await import('../sources/pubsub/pubsub-source.ts');
  return subscriptions.map((each) => createPubsubSource({ ...each, ...reading(each), proxy }, deps));
}

/** How the deliveries of a source are read. */
function reading({ dialect, map }: AnnouncedSourceConfig): {
  readonly dialect: Dialect;
  readonly limits: PayloadLimits;
} {
  return { dialect: findDialect(dialect, map), limits: payloadLimits(dialect) };
}
