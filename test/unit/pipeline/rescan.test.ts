import { describe, expect, it } from 'vitest';
import { rescan } from '../../../src/pipeline/rescan.ts';
import { JOB_KINDS } from '../../../src/queue/job-schema.ts';
import { createLeftBehind } from '../../support/pipeline/left-behind.ts';

// More than is in flight at a time, and many times more than a round hands out.
const LEFT = 3_000;

describe.each(JOB_KINDS)('thousands of jobs of one repository left on record: %s', (kind) => {
  it('are handed out by as many rounds as they fill, each of which says that there are more', async () => {
    const { context, leave, end } = createLeftBehind();
    leave(kind, LEFT);
    const said: boolean[] = [];
    let left = LEFT;
    while (left > 0 && said.length < 100) {
      said.push(await rescan(context));
      left = end(kind);
    }
    expect(left).toBe(0);
    expect(said).toEqual(Array.from({ length: LEFT / 200 }, () => true));
    expect(await rescan(context)).toBe(false);
  });
});

it('what a round that failed had not come to is handed out by the next', async () => {
  const { context, leave, queue, end } = createLeftBehind();
  leave('judge-subject', 100);
  const { due } = context.records;
  const findDue = () => Promise.reject(new Error('expected to be out'));
  const out = { ...context, records: { ...context.records, due: { ...due, findDue } } };
  await expect(rescan(out)).rejects.toThrow('expected to be out');
  queue.isAway = true;
  await expect(rescan(context)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  queue.isAway = false;
  expect(await rescan(context)).toBe(false);
  expect(end('judge-subject')).toBe(0);
});

it('a queue that takes no effects keeps no event from its turn', async () => {
  const { context, leave, queue } = createLeftBehind();
  leave('send-notice', 1);
  leave('resolve-event', 1);
  const { add } = queue;
  const halfAway = {
    ...queue,
    add: (job: Parameters<typeof add>[0]) =>
      job.kind === 'send-notice' ? Promise.reject(new Error('expected to be away')) : queue.add(job),
  };
  await expect(rescan({ ...context, queue: halfAway })).rejects.toThrow('expected to be away');
  expect(queue.inFlight('resolve-event')).toHaveLength(1);
});
