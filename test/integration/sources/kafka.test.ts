import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import kafkajs, { type CompressionTypes as Compression, Kafka, logLevel } from 'kafkajs';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import type { EventSource, ParkedDelivery } from '../../../src/ports/event-source.ts';
import { parseLazaret } from '../../../src/sources/dialects/lazaret.ts';
import { payloadLimits } from '../../../src/sources/dialects/payload-limits.ts';
import { createKafkaSource } from '../../../src/sources/kafka/kafka-source.ts';
import { freePort } from '../../support/free-port.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type KafkaBroker, startKafka } from '../../support/servers/kafka.ts';
import { waitFor } from '../../support/wait-for.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const event = (tag: string): string =>
  JSON.stringify({
    specversion: '1.0',
    id: tag,
    type: 'dev.lazaret.image.pushed.v1',
    source: 'test',
    data: { repository: 'acme/app', tag, digest: DIGEST },
  });

/** Lets the producer of this process compress; the source reads with its own codec. */
function produceWith(compression: keyof typeof CompressionCodecs, compress: (bytes: Buffer) => Promise<Buffer>): void {
  const own = CompressionCodecs[compression];
  CompressionCodecs[compression] = () => ({
    ...own(),
    compress: ({ buffer }: { readonly buffer: Buffer }) => compress(buffer),
  });
}

describeWithPart('kafka', 'the Kafka source on a real broker', () => {
  let broker: KafkaBroker;
  let client: Kafka;
  let topic: string;
  let count = 0;
  const sources: EventSource[] = [];

  beforeAll(async () => {
    broker = await startKafka();
    client = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  });
  afterAll(() => broker.stop());
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.stop();
  });

  async function newTopic(): Promise<void> {
    count += 1;
    topic = `pushes-${count}`;
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1 }] });
    await admin.disconnect();
  }

  const send = (...values: (string | Buffer | null)[]) => sendAs(CompressionTypes.None, ...values);

  async function sendAs(compression: Compression, ...values: (string | Buffer | null)[]): Promise<void> {
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic, compression, messages: values.map((value) => ({ value })) });
    await producer.disconnect();
  }

  async function committedOffset(): Promise<number> {
    const admin = client.admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId: topic, topics: [topic] });
    await admin.disconnect();
    return Number(offsets?.partitions[0]?.offset ?? -1);
  }

  function startSource(receive: (events: readonly RegistryEvent[]) => Promise<void> = async () => undefined) {
    const events: RegistryEvent[] = [];
    const parked: ParkedDelivery[] = [];
    const source = createKafkaSource(
      {
        id: 'pushes',
        registryIds: ['prod'],
        brokers: broker.brokers,
        topic,
        group: topic,
        dialect: parseLazaret,
        limits: payloadLimits('lazaret'),
      },
      {
        receiver: {
          receive: async (_origin, received) => {
            await receive(received);
            events.push(...received);
          },
          park: async (delivery) => void parked.push(delivery),
        },
        logger: pino({ level: 'silent' }),
        metrics: { delivery: () => undefined },
      },
    );
    sources.push(source);
    return { source, events, parked, tags: () => events.map(({ tag }) => tag) };
  }

  it('takes records in order and commits their offsets only after them', async () => {
    await newTopic();
    await send(event('v1'), event('v2'));
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let seen = 0;
    const reader = startSource(async (events) => {
      seen += events.length;
      await held;
    });
    await reader.source.start();
    await waitFor(() => seen > 0, { what: 'a record to be under way', timeoutMs: 30_000 });
    expect(await committedOffset()).toBeLessThan(1);
    release();
    await waitFor(async () => (await committedOffset()) === 2, { what: 'the offset', timeoutMs: 20_000 });
    expect(reader.tags()).toEqual(['v1', 'v2']);
    expect(reader.source.health()).toBeUndefined();
  });

  it('delivers again after a restart what was not committed, and nothing else', async () => {
    await newTopic();
    await send(event('v1'));
    const first = startSource();
    await first.source.start();
    await waitFor(async () => (await committedOffset()) === 1, { what: 'the offset', timeoutMs: 30_000 });
    await first.source.stop();
    await send(event('v2'));
    const second = startSource();
    await second.source.start();
    await waitFor(() => second.events.length > 0, { what: 'the second record', timeoutMs: 30_000 });
    expect(second.tags()).toEqual(['v2']);
  });

  it('A6: parks poison with its position and the reason, and goes on', async () => {
    await newTopic();
    const poison = ['no json', '{"specversion":', null, Buffer.from([0xff, 0xfe]), '[1]', `"${'x'.repeat(100)}"`];
    await send(event('v1'), ...poison, event('v2'));
    const reader = startSource();
    await reader.source.start();
    await waitFor(() => reader.events.length === 2, { what: 'the record behind the poison', timeoutMs: 30_000 });
    expect(reader.tags()).toEqual(['v1', 'v2']);
    expect(reader.parked.map(({ position }) => position)).toEqual(poison.map((_, i) => `${topic}/0@${i + 1}`));
    for (const { reason } of reader.parked) expect(reason).toMatch(/^EVENT_/);
    await waitFor(async () => (await committedOffset()) === poison.length + 2, {
      what: 'a lag of 0',
      timeoutMs: 20_000,
    });
  });

  it.each(['gzip', 'zstd'] as const)('A6: reads %s, and parks a bomb of it with its offsets', async (codec) => {
    await newTopic();
    const reader = startSource();
    const compressed = codec === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.ZSTD;
    produceWith(compressed, codec === 'gzip' ? promisify(gzip) : promisify(zstdCompress));
    await send(event('v1'));
    await sendAs(compressed, event('v2'), event('v3'));
    await sendAs(compressed, Buffer.alloc(40 * 1024 * 1024));
    await send(event('v4'));
    await reader.source.start();
    await waitFor(() => reader.events.length === 4, { what: 'the record behind the bomb', timeoutMs: 30_000 });
    expect(reader.tags()).toEqual(['v1', 'v2', 'v3', 'v4']);
    expect(reader.parked).toMatchObject([{ position: `${topic}/0@3` }]);
    expect(reader.parked[0]?.reason).toContain(`the batch from offset 3 to 3 (${codec}) cannot be read`);
    await waitFor(async () => (await committedOffset()) === 5, { what: 'the offset', timeoutMs: 20_000 });
    expect(reader.source.deafSince()).toBeUndefined();
  });

  it('holds a record, says so, and takes it when the record can be written again', async () => {
    await newTopic();
    await send(event('v1'));
    let down = true;
    let tries = 0;
    const reader = startSource(async () => {
      tries += 1;
      if (down) throw new FaultError('DATABASE_UNAVAILABLE', 'the database does not answer', { retryable: true });
    });
    await reader.source.start();
    await waitFor(() => tries > 1, { what: 'a second try', timeoutMs: 30_000 });
    expect(reader.source.health()).toContain('database does not answer');
    expect(await committedOffset()).toBeLessThan(1);
    down = false;
    await waitFor(() => reader.events.length === 1, { what: 'the record', timeoutMs: 30_000 });
    await waitFor(async () => (await committedOffset()) === 1, { what: 'the offset', timeoutMs: 20_000 });
    expect(reader.source.health()).toBeUndefined();
  });

  it('says that Kafka does not answer, and stops at once all the same', async () => {
    const port = await freePort();
    const source = createKafkaSource(
      {
        id: 'p',
        registryIds: ['prod'],
        brokers: [`127.0.0.1:${port}`],
        topic: 't',
        group: 'g',
        dialect: parseLazaret,
        limits: payloadLimits('lazaret'),
      },
      {
        receiver: { receive: async () => undefined, park: async () => undefined },
        logger: pino({ level: 'silent' }),
        metrics: { delivery: () => undefined },
      },
    );
    await source.start();
    await waitFor(() => source.health()?.includes('does not answer'), { what: 'the trouble', timeoutMs: 60_000 });
    await source.stop();
  });
});
