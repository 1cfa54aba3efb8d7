import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { KafkaSourceConfig, WebhookAuthenticationConfig, WebhookSourceConfig } from '../config/source-config.ts';
import type { Timings } from '../domain/timings.ts';
import type { Concerns } from '../ports/concerns.ts';
import type { EventReceiver, EventSource } from '../ports/event-source.ts';
import type { DeliveryMetrics } from '../sources/delivery-metrics.ts';
import { findDialect } from '../sources/dialects/dialects.ts';
import { payloadLimits } from '../sources/dialects/payload-limits.ts';
import type { KafkaSourceOptions } from '../sources/kafka/kafka-source.ts';
import type { WebhookAuthentication } from '../sources/webhook/authentication.ts';
import { createWebhooks } from '../sources/webhook/webhooks.ts';

export interface SourceDeps {
  readonly receiver: EventReceiver;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  readonly concerns: Concerns;
  readonly timings: Timings;
}

/** Builds the receivers of `POST /webhooks/…`; `undefined` where none is configured. */
export function createWebhookPlugin(
  { sources }: Pick<Config, 'sources'>,
  deps: SourceDeps,
): FastifyPluginAsync | undefined {
  const webhooks = sources.filter((source): source is WebhookSourceConfig => source.kind === 'webhook');
  if (webhooks.length === 0) return undefined;
  const receivers = webhooks.map(({ id, registryIds, dialect, authentication }) => ({
    id,
    registryIds,
    dialect: findDialect(dialect),
    limits: payloadLimits(dialect),
    authentication: revealAuthentication(authentication),
  }));
  return createWebhooks(receivers, deps);
}

function revealAuthentication(config: WebhookAuthenticationConfig): WebhookAuthentication {
  switch (config.kind) {
    case 'header':
      return { ...config, values: config.values.map((value) => value.reveal()) };
    case 'bearer':
      return { ...config, tokens: config.tokens.map((token) => token.reveal()) };
    case 'basic':
      return {
        kind: 'basic',
        users: config.passwords.map((password) => ({ username: config.username, password: password.reveal() })),
      };
    case 'hmac':
      return { ...config, secrets: config.secrets.map((secret) => secret.reveal()) };
    case 'path':
      return { kind: 'path', secret: config.secret.reveal() };
  }
}

/** Builds the sources that listen on their own. */
export async function createEventSources(
  { sources }: Pick<Config, 'sources'>,
  deps: SourceDeps,
): Promise<readonly EventSource[]> {
  const topics = sources.filter((source): source is KafkaSourceConfig => source.kind === 'kafka');
  if (topics.length === 0) return [];
  // kafkajs takes time and memory to load: only who reads a topic pays for it.
  const { createKafkaSource } = await import('../sources/kafka/kafka-source.ts');
  return topics.map((topic) => createKafkaSource(kafkaOptions(topic), deps));
}

/** The options of the adapter for one topic; the secrets leave their wrappers here. */
export function kafkaOptions({ tls, sasl, dialect, ...rest }: KafkaSourceConfig): KafkaSourceOptions {
  return {
    ...rest,
    dialect: findDialect(dialect),
    limits: payloadLimits(dialect),
    ...(tls !== undefined && { tls: revealTls(tls) }),
    ...(sasl !== undefined && { sasl: { ...sasl, password: sasl.password.reveal() } }),
  };
}

function revealTls(tls: NonNullable<KafkaSourceConfig['tls']>): NonNullable<KafkaSourceOptions['tls']> {
  if (typeof tls === 'boolean') return tls;
  const { key, ...rest } = tls;
  return { ...rest, ...(key !== undefined && { key: key.reveal() }) };
}
