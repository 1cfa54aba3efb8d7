import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { Secret } from '../../../src/kit/secret.ts';
import type { EventSource, ParkedDelivery } from '../../../src/ports/event-source.ts';
import { parseEcr } from '../../../src/sources/dialects/ecr.ts';
import { payloadLimits } from '../../../src/sources/dialects/payload-limits.ts';
import { probeSqs } from '../../../src/sources/sqs/probe-sqs.ts';
import { createSqsSource, type SqsSourceOptions } from '../../../src/sources/sqs/sqs-source.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { freePort } from '../../support/free-port.ts';
import { signIn } from '../../support/open-ecr.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type Moto, startMoto } from '../../support/servers/moto.ts';
import { waitFor } from '../../support/wait-for.ts';

const REGION = 'eu-central-1';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const event = (tag: string): string =>
  JSON.stringify({
    id: tag,
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    account: '123456789012',
    region: REGION,
    time: '2026-11-01T08:00:00Z',
    detail: {
      result: 'SUCCESS',
      'repository-name': 'acme/app',
      'image-digest': DIGEST,
      'action-type': 'PUSH',
      'image-tag': tag,
    },
  });

describeWithPart('moto', 'the SQS source on moto', () => {
  let moto: Moto;
  let client: SQSClient;
  let queueUrl: URL;
  let log = '';
  let count = 0;
  const sources: EventSource[] = [];

  beforeAll(async () => {
    signIn();
    moto = await startMoto();
    client = new SQSClient({ region: REGION, endpoint: moto.url });
  });
  afterAll(async () => {
    client.destroy();
    await moto.stop();
    vi.unstubAllEnvs();
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.stop();
  });

  async function newQueue(Attributes: Record<string, string> = {}): Promise<void> {
    count += 1;
    const created = await client.send(new CreateQueueCommand({ QueueName: `ecr-${count}`, Attributes }));
    queueUrl = new URL(created.QueueUrl ?? '');
  }

  async function send(...bodies: string[]): Promise<void> {
    for (const MessageBody of bodies)
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl.href, MessageBody }));
  }

  /** Messages that wait, and those that somebody holds. */
  async function inQueue(): Promise<readonly [waiting: number, held: number]> {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl.href, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: held } = Attributes ?? {};
    return [Number(waiting), Number(held)];
  }

  function startSource(
    receive: (events: readonly RegistryEvent[]) => Promise<void> = async () => undefined,
    way: Pick<SqsSourceOptions, 'endpoint' | 'proxy'> = {},
  ) {
    const events: RegistryEvent[] = [];
    const parked: ParkedDelivery[] = [];
    const counted: string[] = [];
    const source = createSqsSource(
      {
        id: 'ecr',
        registryIds: ['prod'],
        queueUrl,
        region: REGION,
        endpoint: new URL(moto.url),
        dialect: parseEcr,
        limits: payloadLimits('ecr'),
        ...way,
      },
      {
        receiver: {
          receive: async (_listener, received) => {
            await receive(received);
            events.push(...received);
          },
          park: async (delivery) => void parked.push(delivery),
        },
        logger: pino(
          { level: 'trace' },
          {
            write(line: string) {
              log += line;
            },
          },
        ),
        metrics: { delivery: (_id, result) => void counted.push(result) },
      },
    );
    sources.push(source);
    return { source, events, parked, counted, tags: () => events.map(({ tag }) => tag).toSorted() };
  }

  it('takes what is announced, bare or by SNS, and deletes it only after it is on record', async () => {
    await newQueue();
    await send(event('v1'), JSON.stringify({ Type: 'Notification', Message: event('v2') }));
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const reader = startSource(() => held);
    await reader.source.start();
    await waitFor(async () => (await inQueue())[1] === 2, { what: 'both to be held' });
    expect(reader.events).toEqual([]);
    release();
    await waitFor(async () => (await inQueue()).join() === '0,0', { what: 'the queue to be empty' });
    expect(reader.tags()).toEqual(['v1', 'v2']);
    expect(reader.source.health()).toBeUndefined();
    expect(reader.source.deafSince()).toBeUndefined();
  });

  it('A6: parks what cannot be read once, leaves it to the dead-letter policy, and goes on', async () => {
    await newQueue();
    const poison = ['no json', '{"detail-type":', '[1]', '{}', `"${'x'.repeat(255 * 1024)}"`];
    await send(...poison, event('v1'));
    const reader = startSource();
    await reader.source.start();
    await waitFor(() => reader.parked.length === poison.length && reader.events.length === 1, { what: 'all of it' });
    await waitFor(async () => (await inQueue()).join() === `0,${poison.length}`, { what: 'the good one to be gone' });
    for (const { reason, position } of reader.parked) {
      expect(reason).toMatch(/^EVENT_/);
      expect(position).toMatch(new RegExp(`^ecr-${count}/[0-9a-f-]{36}$`));
    }
    expect(reader.counted.toSorted()).toEqual(['accepted', ...poison.map(() => 'malformed')]);
    expect(reader.source.health()).toBeUndefined();
  });

  it('keeps what it could not store, says so, stores it later, and never logs what was in it', async () => {
    await newQueue();
    await send(event('v1'), 'text-that-nobody-may-log');
    let isAway = true;
    const reader = startSource(async () => {
      if (isAway) throw new FaultError('DATABASE_UNAVAILABLE', 'the record is away', { retryable: true });
    });
    await reader.source.start();
    await waitFor(() => reader.source.health()?.includes('the record is away') === true, { what: 'the trouble' });
    expect(reader.source.deafSince()).toBeDefined();
    isAway = false;
    await waitFor(() => reader.tags().join() === 'v1', { what: 'the event' });
    await waitFor(async () => (await inQueue()).join() === '0,1', { what: 'it to be deleted' });
    expect(reader.source.health()).toBeUndefined();
    for (const secret of ['text-that-nobody', 'acme/app', 'canary-secret-key']) expect(log).not.toContain(secret);
  });

  it('gives back at once what it has not stored when it is told to stop', async () => {
    await newQueue();
    await send(event('v1'), event('v2'));
    const reader = startSource(async () => {
      throw new FaultError('DATABASE_UNAVAILABLE', 'the record is away', { retryable: true });
    });
    await reader.source.start();
    await waitFor(async () => (await inQueue())[1] === 2, { what: 'both to be held' });
    await reader.source.stop();
    expect(await inQueue()).toEqual([2, 0]);
    const next = startSource();
    await next.source.start();
    await waitFor(() => next.tags().join() === 'v1,v2', { what: 'another to take them' });
  });

  it('stops at once while it waits for messages', async () => {
    await newQueue();
    const reader = startSource();
    await reader.source.start();
    await waitFor(() => reader.source.health() === undefined, { what: 'the first answer' });
    await reader.source.stop();
    expect(reader.events).toEqual([]);
  });

  it('is shared by several, who lose nothing between them, and do not all do the same', async () => {
    await newQueue();
    const tags = Array.from({ length: 40 }, (_, index) => `v${index}`);
    await send(...tags.map(event));
    const readers = [startSource(), startSource()];
    for (const { source } of readers) await source.start();
    await waitFor(async () => (await inQueue()).join() === '0,0', { what: 'the queue to be empty' });
    const taken = readers.flatMap((reader) => reader.tags());
    expect([...new Set(taken)].toSorted()).toEqual(tags.toSorted());
    // As in SQS itself, a message may be given to two at the same moment: moto 5.2.5 does so to any client, once in
    // thousands. ElasticMQ does not (`sqs-slow.test.ts`).
    expect(taken.length).toBeLessThan(tags.length + 5);
  });

  it('is read and emptied through the proxy that is configured', async () => {
    await newQueue();
    await send(event('v1'));
    const proxy = await startConnectProxy({ names: { 'sqs.acme.test': moto.port } });
    try {
      const rules = { http: new Secret(proxy.url), except: [] };
      const reader = startSource(undefined, { endpoint: new URL('http://sqs.acme.test'), proxy: rules });
      await reader.source.start();
      await waitFor(async () => (await inQueue()).join() === '0,0', { what: 'the queue to be empty' });
      expect(reader.tags()).toEqual(['v1']);
      expect(new Set(proxy.asked)).toEqual(new Set(['POST http://sqs.acme.test/']));
      await reader.source.stop();
    } finally {
      await proxy.stop();
    }
  });

  it('parks what breaks us, and takes what comes after it', async () => {
    await newQueue();
    await send(event('breaks'), event('v1'));
    const reader = startSource(async ([first]) => {
      if (first?.tag === 'breaks') throw new TypeError('a defect');
    });
    await reader.source.start();
    await waitFor(() => reader.parked.length === 1 && reader.events.length === 1, { what: 'both' });
    expect(reader.parked[0]?.reason).toBe('unexpected: TypeError: a defect');
  });

  it('SQS_UNAVAILABLE: says that the queue is not there, in health and to doctor, and finds it when it is', async () => {
    await newQueue();
    const name = `late-${count}`;
    const there = queueUrl;
    queueUrl = new URL(there.href.replace(/[^/]+$/, name));
    const reader = startSource();
    await reader.source.start();
    await waitFor(() => reader.source.health()?.includes('it is not there') === true, { what: 'the trouble' });
    const place = { queueUrl, region: REGION, endpoint: new URL(moto.url) };
    const error = await probeSqs({ place }, AbortSignal.timeout(10_000)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SQS_UNAVAILABLE', retryable: false });
    expect((error as FaultError).hint).toContain(REGION);
    await client.send(new CreateQueueCommand({ QueueName: name }));
    await send(event('v1'));
    await waitFor(() => reader.tags().join() === 'v1', { what: 'the event', timeoutMs: 30_000 });
    expect(reader.source.health()).toBeUndefined();
  });

  it('tells doctor how many messages wait, and whether there is a dead-letter policy', async () => {
    await newQueue();
    const arn = `arn:aws:sqs:${REGION}:123456789012:ecr-${count}`;
    await newQueue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: '5' }) });
    await send(event('v1'));
    const endpoint = new URL(moto.url);
    const probe = () => probeSqs({ place: { queueUrl, region: REGION, endpoint } }, AbortSignal.timeout(10_000));
    expect(await probe()).toEqual({ waiting: 1, maxReceives: 5 });
    await newQueue();
    expect(await probe()).toEqual({ waiting: 0, maxReceives: undefined });
  });

  it('SQS_UNAVAILABLE: names the address where nobody answers', async () => {
    await newQueue();
    const endpoint = new URL(`http://127.0.0.1:${await freePort()}`);
    const place = { queueUrl, region: REGION, endpoint };
    await expect(probeSqs({ place }, AbortSignal.timeout(10_000))).rejects.toThrow(/GetQueueAttributes failed \(ECONN/);
  });
});
