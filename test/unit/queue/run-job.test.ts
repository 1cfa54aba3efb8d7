import { UnrecoverableError } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { TIMINGS } from '../../../src/domain/timings.ts';
import { FaultError, InvalidInputError } from '../../../src/kit/errors.ts';
import { createFairSemaphore } from '../../../src/kit/fair-semaphore.ts';
import { parseJob } from '../../../src/queue/job-schema.ts';
import { backOffMs } from '../../../src/queue/own-job.ts';
import { runJob, toJobError } from '../../../src/queue/run-job.ts';

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a job from the store', () => {
  const data = { kind: 'judge-subject', subjectId: 'ab12', sequence: 3 };
  const { deadlineMs } = TIMINGS;

  test('is handed over as it was added', async () => {
    const seen: unknown[] = [];
    await runJob('judge-subject', async (job) => void seen.push(job), { data, signal: undefined, deadlineMs });
    expect(seen).toEqual([data]);
  });

  test('JOB_MALFORMED names the field that is wrong', () => {
    const more = { ...data, sequence: -1, verdict: 'pass' };
    expect(() => parseJob('judge-subject', more)).toThrow(
      expect.objectContaining({
        code: 'JOB_MALFORMED',
        issues: [expect.objectContaining({ where: 'sequence' }), expect.objectContaining({ where: 'judge-subject' })],
      }),
    );
  });

  test('P6: waits for its turn before it begins, and not while the worker stops', async () => {
    const slots = createFairSemaphore(2);
    const lane = { registry: 'prod', repository: 'busy' };
    const busy = { ...data, lane };
    const order: string[] = [];
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const first = runJob('judge-subject', () => held, { data: busy, signal: undefined, deadlineMs, slots });
    const second = runJob('judge-subject', async () => void order.push('busy'), {
      data: busy,
      signal: undefined,
      deadlineMs,
      slots,
    });
    const quiet = { ...data, lane: { ...lane, repository: 'quiet' } };
    await runJob('judge-subject', async () => void order.push('quiet'), {
      data: quiet,
      signal: undefined,
      deadlineMs,
      slots,
    });
    expect(order).toEqual(['quiet']);
    const isStopping = AbortSignal.abort(new Error('stopping'));
    const late = runJob('judge-subject', async () => void order.push('late'), {
      data: busy,
      signal: undefined,
      deadlineMs,
      slots,
      isStopping,
    });
    await expect(late).rejects.toThrow('stopping');
    release();
    await Promise.all([first, second]);
    expect(order).toEqual(['quiet', 'busy']);
  });

  test('passes on the signal of its worker', async () => {
    const stop = new AbortController();
    const run = runJob('judge-subject', (_job, signal) => ended(signal), { data, signal: stop.signal, deadlineMs });
    stop.abort(new Error('stopping'));
    await expect(run).rejects.toThrow('stopping');
  });

  test('is told to give up when its time is over', async () => {
    const run = runJob('send-notice', (_job, signal) => ended(signal), {
      data: { kind: 'send-notice', effectId: '7', attempt: 1 },
      signal: undefined,
      deadlineMs: { ...deadlineMs, 'send-notice': 1 },
    });
    await expect(run).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('a failed job', () => {
  test.each([
    new InvalidInputError('JOB_MALFORMED', 'nonsense'),
    new FaultError('TAG_WRITE_REFUSED', 'no', { retryable: false }),
  ])('$code is final, and keeps its cause', (error) => {
    const told = toJobError(error);
    expect(told).toBeInstanceOf(UnrecoverableError);
    expect(told).toMatchObject({ message: error.message, cause: error });
  });

  test('any other comes back: a fault that may pass, and a bug, which must be seen', () => {
    for (const error of [new FaultError('REGISTRY_TIMEOUT', 'slow', { retryable: true }), new TypeError('bug')]) {
      expect(toJobError(error)).toBe(error);
    }
  });

  test('waits longer each time', () => {
    expect([1, 2, 3, 4].map((made) => backOffMs(made, new Error('down')))).toEqual([2_000, 4_000, 8_000, 16_000]);
  });

  test('waits as long as the other side asked, five minutes at most', () => {
    const asked = (retryAfterMs: number) =>
      new FaultError('REGISTRY_RATE_LIMITED', '429', { retryable: true, retryAfterMs });
    expect(backOffMs(1, asked(30_000))).toBe(30_000);
    expect(backOffMs(4, asked(1_000))).toBe(16_000);
    expect(backOffMs(1, asked(86_400_000))).toBe(300_000);
  });
});
