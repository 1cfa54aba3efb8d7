import { GetQueueAttributesCommand, PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import type { EventSource } from '../../../src/ports/event-source.ts';
import type { QueueMessage } from '../../../src/sources/queue/message-queue.ts';
import { createSqsQueue, type SqsQueue } from '../../../src/sources/sqs/sqs-queue.ts';
import { signIn } from '../../support/open-ecr.ts';
import { describeWithPart } from '../../support/parts.ts';
import { countIn, ecrPush, makeQueue, openSqsReader, SQS_REGION, sendTo } from '../../support/queue-on-sqs.ts';
import { type ElasticMq, startElasticMq } from '../../support/servers/elasticmq.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Long enough for a busy machine to extend it in time, short enough to see it end. */
const HOLD_S = 6;

describeWithPart('elasticmq', 'the SQS source on ElasticMQ, whose messages come back', () => {
  let server: ElasticMq;
  let endpoint: URL;
  let client: SQSClient;
  let queueUrl: URL;
  let count = 0;
  const sources: EventSource[] = [];
  const queues: SqsQueue[] = [];

  beforeAll(async () => {
    signIn();
    server = await startElasticMq();
    endpoint = new URL(server.url);
    client = new SQSClient({ region: SQS_REGION, endpoint: server.url });
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
    vi.unstubAllEnvs();
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.stop();
    for (const queue of queues.splice(0)) await queue.close();
  });

  async function newQueue(attributes: Record<string, string> = {}): Promise<URL> {
    count += 1;
    queueUrl = await makeQueue(client, `ecr-${count}`, attributes);
    return queueUrl;
  }

  async function startReader(
    receive?: (events: readonly RegistryEvent[]) => Promise<void>,
    holdS = HOLD_S,
    at: URL = queueUrl,
  ) {
    const reader = openSqsReader({ queueUrl: at, endpoint, holdS }, receive);
    sources.push(reader.source);
    await reader.source.start();
    return reader;
  }

  function openQueue(): SqsQueue {
    const queue = createSqsQueue({ place: { queueUrl, region: SQS_REGION, endpoint } });
    queues.push(queue);
    return queue;
  }

  const isEmpty = async (at: URL = queueUrl) => (await countIn(client, at)).join() === '0,0';

  /** Waits until a message that nobody holds anew has come back so often: by the clock of the server, not of the test. */
  async function outlastHold(times: number): Promise<void> {
    const url = await makeQueue(client, `clock-${count}`);
    await sendTo(client, url, 'tick');
    const input = { QueueUrl: url.href, VisibilityTimeout: HOLD_S, WaitTimeSeconds: 1 };
    let ticks = 0;
    const tick = async (): Promise<boolean> => {
      const { Messages } = await client.send(new ReceiveMessageCommand(input));
      ticks += Messages?.length ?? 0;
      return ticks > times;
    };
    await waitFor(tick, { what: 'the time of visibility to pass', timeoutMs: 40_000 });
  }

  it.each([
    ['is slow', (held: Promise<void>) => () => held],
    [
      'is away',
      (held: Promise<void>) => {
        let isAway = true;
        void held.then(() => {
          isAway = false;
        });
        return async () => {
          if (isAway) throw new FaultError('DATABASE_UNAVAILABLE', 'the record is away', { retryable: true });
        };
      },
    ],
  ])(
    'lets no other reader have what it holds while its record %s, past the visibility timeout',
    async (_, record) => {
      await newQueue();
      await sendTo(client, queueUrl, ecrPush('v1'), ecrPush('v2'));
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      const slow = await startReader(record(held));
      await waitFor(async () => (await countIn(client, queueUrl))[1] === 2, { what: 'both to be held' });
      const rival = await startReader();
      await waitFor(() => rival.source.health() === undefined, { what: 'the rival to be at the queue' });
      await outlastHold(2);
      expect(slow.events).toEqual([]);
      expect(rival.events).toEqual([]);
      release();
      await waitFor(() => isEmpty(), { what: 'the queue to be empty', timeoutMs: 40_000 });
      expect(slow.tags()).toEqual(['v1', 'v2']);
      expect(rival.events).toEqual([]);
    },
    120_000,
  );

  it('goes on where what it holds is gone, so that neither holding nor deleting it is granted', async () => {
    await newQueue();
    await sendTo(client, queueUrl, ecrPush('v1'));
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const slow = await startReader(() => held);
    await waitFor(async () => (await countIn(client, queueUrl))[1] === 1, { what: 'it to be held' });
    await client.send(new PurgeQueueCommand({ QueueUrl: queueUrl.href }));
    await outlastHold(1);
    expect(slow.source.health()).toBeUndefined();
    release();
    await waitFor(() => slow.log().includes('messages stay in the queue'), { what: 'the deletion to be refused' });
    await sendTo(client, queueUrl, ecrPush('v2'));
    await waitFor(() => slow.tags().join() === 'v1,v2', { what: 'what comes after it' });
    await waitFor(() => isEmpty(), { what: 'the queue to be empty' });
    expect(slow.source.health()).toBeUndefined();
  }, 120_000);

  it('neither holds nor deletes by an old receipt what another has received since, and breaks off for neither', async () => {
    await newQueue();
    await sendTo(client, queueUrl, ecrPush('v1'));
    const { signal } = new AbortController();
    const [first, second] = [openQueue(), openQueue()];
    const old = await first.receive({ waitS: 1, holdS: 1 }, signal);
    let current: readonly QueueMessage[] = [];
    const receive = async (): Promise<boolean> => {
      current = await second.receive({ waitS: 1, holdS: 60 }, signal);
      return current.length > 0;
    };
    await waitFor(receive, { what: 'the message to come back' });
    expect(current.map(({ id }) => id)).toEqual(old.map(({ id }) => id));
    await first.hold(old, 0);
    expect(await countIn(client, queueUrl)).toEqual([0, 1]);
    expect(await first.remove(old)).toEqual(old);
    expect(await second.remove(current)).toEqual([]);
    await second.remove(current);
    await second.hold(current, 60);
    expect(await isEmpty()).toBe(true);
  });

  it('shares one queue with another, each event going to one of them', async () => {
    await newQueue();
    const tags = Array.from({ length: 40 }, (_, index) => `v${index}`);
    await sendTo(client, queueUrl, ...tags.map(ecrPush));
    const readers = [await startReader(), await startReader()];
    await waitFor(() => isEmpty(), { what: 'the queue to be empty' });
    expect(readers.flatMap((reader) => reader.tags()).toSorted()).toEqual(tags.toSorted());
  });

  it('A6: parks what cannot be read once, however often it comes, until the queue moves it to its dead letters', async () => {
    const dead = await newQueue();
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: dead.href, AttributeNames: ['QueueArn'] }),
    );
    const policy = { deadLetterTargetArn: Attributes?.['QueueArn'], maxReceiveCount: 3 };
    await newQueue({ RedrivePolicy: JSON.stringify(policy) });
    expect((await openQueue().describe(AbortSignal.timeout(10_000))).maxReceives).toBe(3);
    await sendTo(client, queueUrl, 'no event', ecrPush('v1'));
    const reader = await startReader(undefined, 1);
    await waitFor(async () => (await countIn(client, dead))[0] === 1, { what: 'it to be moved', timeoutMs: 60_000 });
    await waitFor(() => isEmpty(), { what: 'the queue to be empty' });
    expect(reader.parked.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^EVENT_/)]);
    expect(reader.tags()).toEqual(['v1']);
    expect(reader.counted.toSorted()).toEqual(['accepted', 'malformed']);
    expect(reader.source.health()).toBeUndefined();
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: dead.href, WaitTimeSeconds: 5 }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(['no event']);
  }, 90_000);

  it('finds a queue that is made only after it was started', async () => {
    const there = await newQueue();
    const reader = await startReader(undefined, HOLD_S, new URL(there.href.replace(/[^/]+$/, `late-${count}`)));
    await waitFor(() => reader.source.health()?.includes('it is not there') === true, { what: 'the trouble' });
    expect(reader.source.deafSince()).toBeDefined();
    const late = await makeQueue(client, `late-${count}`);
    await sendTo(client, late, ecrPush('v1'));
    await waitFor(() => reader.tags().join() === 'v1', { what: 'the event', timeoutMs: 40_000 });
    await waitFor(() => isEmpty(late), { what: 'it to be deleted' });
    expect(reader.source.health()).toBeUndefined();
    expect(reader.source.deafSince()).toBeUndefined();
  }, 60_000);
});
