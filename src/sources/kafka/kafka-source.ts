// The room `sources/kafka`: events that are read from Kafka.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchHandler, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { KafkaTopic } from '../../domain/kafka-topic.ts';
import type { Dialect } from '../../domain/registry-event.ts';
import { TIMINGS, type Timings } from '../../domain/timings.ts';
import { backOffs } from '../../kit/back-off.ts';
import type { EventReceiver, EventSource } from '../../ports/event-source.ts';
import type { DeliveryMetrics } from '../delivery-metrics.ts';
import type { PayloadLimits } from '../dialects/payload-limits.ts';
import { registerCodecs } from './codecs.ts';
import { consumeBatch } from './consume-batch.ts';
import { type ConsumerHealth, createConsumerHealth } from './consumer-health.ts';
import { createKafkaClient } from './kafka-client.ts';
import { keepUnreadableBatches } from './keep-unreadable-batches.ts';
import { patchRequestQueue } from './patch-request-queue.ts';
import type { ReadToken } from './token-mechanism.ts';

export interface KafkaSourceOptions extends KafkaTopic {
  readonly id: string;
  readonly registryIds: readonly string[];
  readonly dialect: Dialect;
  readonly limits: PayloadLimits;
}

export interface KafkaSourceDeps {
  readonly receiver: EventReceiver;
  readonly logger: Logger;
  readonly metrics: DeliveryMetrics;
  /** Gives a token that is valid now, where the login is by one. */
  readonly readToken?: ReadToken;
  /** Default: those of the daemon. */
  readonly timings?: Pick<Timings, 'kafkaSessionMs'>;
}

// `consumeBatch` sends one every second at least.
const HEARTBEAT_INTERVAL_MS = 1000;
// How long the broker holds back an empty answer, and so how long stopping may take.
const MAX_FETCH_WAIT_MS = 1000;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 30_000;

/**
 * Creates a source that reads one topic as a member of a consumer group, from the beginning for a new group. It
 * connects in the background and again after every failure; `health()` says how it stands.
 */
export function createKafkaSource(options: KafkaSourceOptions, deps: KafkaSourceDeps): EventSource {
  patchRequestQueue();
  registerCodecs();
  keepUnreadableBatches();
  const logger = deps.logger.child({ sourceId: options.id });
  const kafka = createKafkaClient(options, { logger, readToken: deps.readToken });
  const stopping = new AbortController();
  const health = createConsumerHealth(() => new Date());
  let running: Promise<void> | undefined;

  const { id: sourceId, registryIds, dialect, limits } = options;
  const consumption = { listener: { sourceId, registryIds }, dialect, limits };
  const eachBatch: EachBatchHandler = (payload) =>
    consumeBatch(payload, consumption, { ...deps, logger, onTrouble: health.storage });

  /** One consumer's life: until it crashes for good or the source stops (resolves), or cannot connect (rejects). */
  async function consume(): Promise<void> {
    const consumer = createConsumer(kafka, options.group, deps.timings ?? TIMINGS);
    try {
      const ended = watch(consumer, stopping.signal, health);
      // The race ends the wait for a broker that does not answer when the source stops.
      await Promise.race([run(consumer, options.topic, eachBatch), ended]);
      await ended;
    } finally {
      await consumer
        .disconnect()
        .catch((error: unknown) => logger.debug({ err: error }, 'consumer did not disconnect'));
    }
  }

  async function superviseConsumers(): Promise<void> {
    for (const waitMs of backOffs(FIRST_RETRY_MS, MAX_RETRY_MS)) {
      if (stopping.signal.aborted) return;
      try {
        await consume();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        health.crashed(`Kafka does not answer: ${message}`);
        logger.warn({ err: error, waitMs }, 'no connection to Kafka; trying again');
      }
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    id: options.id,
    async start() {
      running ??= superviseConsumers();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: health.problem,
    deafSince: health.since,
  };
}

async function run(consumer: Consumer, topic: string, eachBatch: EachBatchHandler): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
}

/** Resolves when the consumer will not go on by itself, or when told to stop. */
function watch(consumer: Consumer, signal: AbortSignal, health: ConsumerHealth): Promise<void> {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    // A member without partitions has nothing to fetch.
    if (Object.keys(payload.memberAssignment).length === 0) health.fetched();
    else health.connected();
  });
  consumer.on(consumer.events.FETCH, health.fetched);
  consumer.on(consumer.events.DISCONNECT, health.disconnected);
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      health.crashed(`its consumer broke off: ${payload.error.message}`);
      if (!payload.restart) resolve();
    });
  });
}

function createConsumer(kafka: Kafka, groupId: string, { kafkaSessionMs }: Pick<Timings, 'kafkaSessionMs'>): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: kafkaSessionMs,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    maxWaitTimeInMs: MAX_FETCH_WAIT_MS,
    // A topic made by a spelling mistake would stay empty and look well.
    allowAutoTopicCreation: false,
  });
}
