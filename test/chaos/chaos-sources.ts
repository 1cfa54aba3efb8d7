import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Kafka, logLevel } from 'kafkajs';
import { startElasticMq } from '../support/servers/elasticmq.ts';
import { startKafka } from '../support/servers/kafka.ts';
import type { SourceKind } from './options.ts';
import { REGISTRIES } from './plan-workload.ts';

/** The ways by which events reach the daemon. */
export interface ChaosSources {
  /** What the daemon's configuration says of them. */
  readonly config: readonly Readonly<Record<string, unknown>>[];
  readonly env: Readonly<Record<string, string>>;
  /** Of each process that hears of pushes, once it runs. */
  hookUrls(): readonly string[];
  /** Each way hands over one event, and resolves with the status it was answered; `undefined` without an answer. */
  readonly ways: readonly ((body: string) => Promise<number | undefined>)[];
  readonly kafka?: ChaosKafka;
}

export interface ChaosKafka {
  restart(): Promise<void>;
  /** Another member joins the daemon's group, and takes nothing for read; resolves with how it leaves. */
  join(): Promise<() => Promise<void>>;
}

type OnStop = (stop: () => Promise<unknown>) => void;

const HOOK = 'chaos-hook-of-sixteen';
const TOPIC = 'pushes';
const ACCEPTED = 202;
const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'canary-secret-key' };

/** `hookPorts`: of the processes that hear of pushes, which are started after this. */
export async function startSources(
  kinds: readonly SourceKind[],
  hookPorts: () => readonly number[],
  onStop: OnStop,
): Promise<ChaosSources> {
  const hookUrls = () => hookPorts().map((port) => `http://127.0.0.1:${port}/webhooks/${HOOK}`);
  let turn = 0;
  // As behind a load balancer: what one does not take, the next does.
  const postToNext = async (body: string) => {
    const urls = hookUrls();
    turn += 1;
    return post(urls[turn % urls.length] ?? '', body);
  };
  const parts = await Promise.all([
    { source: { kind: 'webhook', id: 'hook', path: HOOK }, send: postToNext },
    ...(kinds.includes('kafka') ? [startKafkaSource(onStop)] : []),
    ...(kinds.includes('sqs') ? [startSqsSource(onStop)] : []),
  ]);
  const kafka = parts.flatMap((part) => ('kafka' in part ? [part.kafka] : []))[0];
  const used = parts.filter(({ source }) => (kinds as readonly string[]).includes(source.kind));
  return {
    config: parts.map(({ source }) => ({ ...source, dialect: 'lazaret', registry: [...REGISTRIES] })),
    env: { AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId, AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey },
    hookUrls,
    ways: used.map(({ send }) => send),
    ...(kafka !== undefined && { kafka }),
  };
}

/** The status, or `undefined` where there was no answer. */
export async function post(url: string, body: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}

async function startKafkaSource(onStop: OnStop) {
  const broker = await startKafka();
  onStop(() => broker.stop());
  const client = new Kafka({ clientId: 'chaos', brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3 }] });
  await admin.disconnect();
  const producer = client.producer({ retry: { retries: 1 } });
  await producer.connect();
  onStop(() => producer.disconnect());
  const kafka: ChaosKafka = {
    restart: async () => broker.restart?.(),
    async join() {
      const consumer = client.consumer({ groupId: 'lazaret', sessionTimeout: 10_000 });
      await consumer.connect();
      await consumer.subscribe({ topics: [TOPIC] });
      await consumer.run({ autoCommit: false, eachMessage: async () => undefined });
      return () => consumer.disconnect();
    },
  };
  return {
    source: { kind: 'kafka', id: 'topic', brokers: [...broker.brokers], topic: TOPIC },
    kafka,
    async send(body: string): Promise<number | undefined> {
      try {
        await producer.send({ topic: TOPIC, acks: -1, messages: [{ key: randomUUID(), value: body }] });
        return ACCEPTED;
      } catch {
        return undefined;
      }
    },
  };
}

async function startSqsSource(onStop: OnStop) {
  const server = await startElasticMq();
  onStop(() => server.stop());
  const region = 'eu-central-1';
  const client = new SQSClient({ region, endpoint: server.url, credentials: CREDENTIALS });
  onStop(async () => client.destroy());
  // What a process that died had taken comes back after so many seconds.
  const Attributes = { VisibilityTimeout: '5' };
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: TOPIC, Attributes }));
  return {
    source: { kind: 'sqs', id: 'queue', queueUrl: QueueUrl, region, endpoint: server.url },
    async send(body: string): Promise<number | undefined> {
      try {
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
        return ACCEPTED;
      } catch {
        return undefined;
      }
    },
  };
}
