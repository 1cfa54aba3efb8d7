import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FaultError } from '../../../../src/kit/errors.ts';
import { parseEcr } from '../../../../src/sources/dialects/ecr.ts';
import { payloadLimits } from '../../../../src/sources/dialects/payload-limits.ts';
import type { MessageQueue, QueueMessage } from '../../../../src/sources/queue/message-queue.ts';
import { HOLD_S, takeMessages } from '../../../../src/sources/queue/take-messages.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const good = (id: string): QueueMessage => ({
  id,
  handle: `handle of ${id}`,
  body: JSON.stringify({
    'detail-type': 'ECR Image Action',
    source: 'aws.ecr',
    detail: { result: 'SUCCESS', 'action-type': 'PUSH', 'repository-name': 'acme/app', 'image-tag': id },
  }),
});
const bad = (id: string): QueueMessage => ({ id, handle: `handle of ${id}`, body: 'no event' });
const ids = (messages: readonly QueueMessage[]): string => messages.map(({ id }) => id).join();

/** Takes these messages while the record answers like this; what was done to the queue stands in `done`. */
function taking(messages: readonly QueueMessage[], receive: () => Promise<void>) {
  const done: string[] = [];
  const parked = new Set<string>();
  const parkings: string[] = [];
  const stopping = new AbortController();
  const queue: Pick<MessageQueue, 'hold' | 'remove'> = {
    hold: async (held, seconds) => void (held.length > 0 && done.push(`hold ${ids(held)} for ${seconds}`)),
    remove: async (removed) => {
      done.push(`remove ${ids(removed)}`);
      return [];
    },
  };
  const run = () =>
    takeMessages(
      messages,
      {
        listener: { sourceId: 'ecr', registryIds: ['prod'] },
        dialect: parseEcr,
        limits: payloadLimits('ecr'),
        queueName: 'events',
      },
      {
        queue,
        receiver: { receive, park: async ({ position }) => void parkings.push(position) },
        logger: pino({ level: 'silent' }),
        metrics: { delivery: () => undefined },
        parked,
        onTrouble: () => undefined,
      },
      stopping.signal,
    );
  return { run, done, parkings, stopping };
}

const away = async () => {
  throw new FaultError('DATABASE_UNAVAILABLE', 'away', { retryable: true });
};

it('holds messages anew, three times in the time they are held, for as long as the record is away', async () => {
  let isAway = true;
  const { run, done } = taking([good('a'), good('b')], () => (isAway ? away() : Promise.resolve()));
  const running = run();
  await vi.advanceTimersByTimeAsync(2.5 * HOLD_S * 1000);
  expect(done.length).toBeGreaterThanOrEqual(7);
  expect(new Set(done)).toEqual(new Set([`hold a,b for ${HOLD_S}`]));
  isAway = false;
  await vi.advanceTimersByTimeAsync(HOLD_S * 1000);
  await running;
  expect(done.at(-1)).toBe('remove a,b');
});

it('removes what is stored and gives back the rest when it is told to stop', async () => {
  let stored = 0;
  const { run, done, stopping } = taking([good('a'), good('b'), good('c')], async () => {
    stored += 1;
    if (stored > 1) await away();
  });
  const running = run();
  await vi.advanceTimersByTimeAsync(100);
  stopping.abort();
  await running;
  expect(done).toEqual(['remove a', 'hold b,c for 0']);
});

it('neither removes nor holds nor gives back what cannot be read, and parks it once however often it comes', async () => {
  const { run, done, parkings } = taking([bad('x'), good('a')], async () => undefined);
  await run();
  await run();
  expect(parkings).toEqual(['events/x']);
  expect(done).toEqual(['remove a', 'remove a']);
});
