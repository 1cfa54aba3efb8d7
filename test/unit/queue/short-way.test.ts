import { expect, test } from 'vitest';
import type { Job } from '../../../src/ports/job-queue.ts';
import { createShortWay } from '../../../src/queue/short-way.ts';

const job: Job = { kind: 'judge-subject', subjectId: 'ab12', sequence: 3 };

test('a job is run at once where its kind has a runner here', async () => {
  const way = createShortWay();
  const seen: unknown[] = [];
  expect(way.take(job, 'one', fail)).toBe(false);
  way.open('judge-subject', async (taken, id) => void seen.push([taken, id]));
  expect(way.take(job, 'two', fail)).toBe(true);
  expect(way.take({ kind: 'send-notice', effectId: '1', attempt: 0 }, 'three', fail)).toBe(false);
  expect(seen).toEqual([[job, 'two']]);
});

test('it is counted while it waits and while it runs', async () => {
  const way = createShortWay();
  const turn = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  way.open('judge-subject', async (_job, _id, onBegun) => {
    await turn.promise;
    onBegun();
    await end.promise;
    setImmediate(ended.resolve);
    return undefined;
  });
  way.take(job, 'one', fail);
  expect(way.count('judge-subject')).toEqual({ waiting: 1, active: 0 });
  turn.resolve();
  await Promise.resolve();
  expect(way.count('judge-subject')).toEqual({ waiting: 0, active: 1 });
  end.resolve();
  await ended.promise;
  expect(way.count('judge-subject')).toEqual({ waiting: 0, active: 0 });
});

test('what failed and may be tried again is handed back with its error', async () => {
  const way = createShortWay();
  const down = new Error('down');
  way.open('judge-subject', async () => ({ error: down }));
  const failed = new Promise((done) => way.take(job, 'one', done));
  expect(await failed).toBe(down);
});

test('once it is closed, jobs go through the store', () => {
  const way = createShortWay();
  way.open('judge-subject', async () => undefined);
  way.close();
  expect(way.take(job, 'one', fail)).toBe(false);
});

function fail(error: unknown): never {
  throw new Error('expected no job to fail', { cause: error });
}
