import { UnsecuredJWT } from 'jose';
import { Kafka, logLevel } from 'kafkajs';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import type { EventSource } from '../../../src/ports/event-source.ts';
import { parseLazaret } from '../../../src/sources/dialects/lazaret.ts';
import { payloadLimits } from '../../../src/sources/dialects/payload-limits.ts';
import { createKafkaSource } from '../../../src/sources/kafka/kafka-source.ts';
import { probeKafka } from '../../../src/sources/kafka/probe-kafka.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type KafkaBroker, startKafka } from '../../support/servers/kafka.ts';
import { waitFor } from '../../support/wait-for.ts';
import { BODY } from '../../support/webhook-receiver.ts';

// The library logs in again ten seconds before a session ends: this leaves one of two.
const REAUTH_MS = 12_000;
const LIFE_S = 300;

/** A token that nobody signed: what Kafka's validator for tests asks for. */
function tokenOf(claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  return new UnsecuredJWT({ sub: 'lazaret', iat: now, exp: now + LIFE_S, ...claims }).encode();
}

describeWithPart('kafka', 'a login by token at a real broker', () => {
  let broker: KafkaBroker;
  let client: Kafka;
  const sources: EventSource[] = [];
  const logger = pino({ level: 'silent' });

  beforeAll(async () => {
    broker = await startKafka({ tokens: { reauthMs: REAUTH_MS } });
    client = new Kafka({
      brokers: [...broker.brokers],
      logLevel: logLevel.NOTHING,
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: tokenOf() }) },
    });
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'pushes', numPartitions: 1 }] });
    await admin.disconnect();
  });
  afterAll(() => broker.stop());
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.stop();
  });

  const topic = (extensions: Readonly<Record<string, string>> = {}) => ({
    brokers: broker.brokers,
    topic: 'pushes',
    group: `group-${sources.length}-${extensions['logicalCluster'] ?? 'none'}`,
    sasl: { mechanism: 'oauthbearer', from: 'file', tokenFile: '/nowhere', extensions } as const,
  });

  async function send(): Promise<void> {
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic: 'pushes', messages: [{ value: BODY }] });
    await producer.disconnect();
  }

  function startSource(readToken: () => Promise<string>, extensions?: Readonly<Record<string, string>>) {
    const events: RegistryEvent[] = [];
    const source = createKafkaSource(
      {
        ...topic(extensions),
        id: 'pushes',
        registryIds: ['prod'],
        dialect: parseLazaret,
        limits: payloadLimits('lazaret'),
      },
      {
        receiver: { receive: async (_origin, received) => void events.push(...received), park: async () => undefined },
        logger,
        metrics: { delivery: () => undefined },
        readToken,
      },
    );
    sources.push(source);
    return { source, events };
  }

  it('reads records, and goes on when the session has ended and it has logged in again', async () => {
    let asked = 0;
    const reader = startSource(async () => {
      asked += 1;
      return tokenOf();
    });
    await reader.source.start();
    await send();
    await waitFor(() => reader.events.length === 1, { what: 'the first record', timeoutMs: 30_000 });
    const before = asked;
    // A session of twelve seconds ends between these.
    await waitFor(() => asked > before, { what: 'another login', timeoutMs: 30_000 });
    await send();
    await waitFor(() => reader.events.length === 2, { what: 'a record of the next session', timeoutMs: 30_000 });
    expect(reader.source.health()).toBeUndefined();
  }, 90_000);

  it('sends extensions, in the form that brokers read', async () => {
    const reader = startSource(async () => tokenOf(), { logicalCluster: 'lkc-1', identityPoolId: 'pool-2' });
    await reader.source.start();
    await send();
    await waitFor(() => reader.events.length > 0, { what: 'a record', timeoutMs: 30_000 });
  });

  it('says what the broker has against a token, and reads once there is a right one', async () => {
    let token = tokenOf({ exp: 1 });
    const reader = startSource(async () => token);
    await reader.source.start();
    await waitFor(() => reader.source.health()?.includes('refused the token'), {
      what: 'the reason',
      timeoutMs: 30_000,
    });
    expect(reader.source.health()).toContain('invalid_token');
    token = tokenOf();
    await send();
    await waitFor(() => reader.events.length > 0, { what: 'a record', timeoutMs: 60_000 });
  }, 90_000);

  it('is told why there is no token, and doctor says so', async () => {
    const why = 'no token for Kafka: the service is down';
    const fault = (): Promise<string> => Promise.reject(new FaultError('KAFKA_UNAVAILABLE', why, { retryable: true }));
    const reader = startSource(fault);
    await reader.source.start();
    await waitFor(() => reader.source.health()?.includes(why), { what: 'the reason', timeoutMs: 30_000 });
    await expect(probeKafka(topic(), { logger, readToken: async () => tokenOf() })).resolves.toBe(1);
    const refused = probeKafka(topic(), { logger, readToken: async () => 'not-a-token' });
    await expect(refused).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining('refused the token'),
      hint: expect.stringContaining('`sasl`'),
    });
  });
});
