import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TIMINGS } from '../../src/domain/timings.ts';
import { FaultError, InvalidInputError } from '../../src/kit/errors.ts';
import type { Job, JobQueue } from '../../src/ports/job-queue.ts';
import { createJobQueue } from '../../src/queue/create-job-queue.ts';
import type { QueueStore } from '../../src/queue/queue-store.ts';
import { createShortWay } from '../../src/queue/short-way.ts';
import { type JobHandlers, startWorkers, type Workers } from '../../src/queue/start-workers.ts';
import { startChild } from '../support/servers/child-process.ts';
import { waitFor } from '../support/wait-for.ts';

/** A store under test, and what a test may do to it. */
export interface QueueStoreUnderTest {
  readonly kind: QueueStore['kind'];
  /** The store as one more client of it would be given it; what it opens is closed by `close`. */
  connect(): QueueStore;
  /** Closes what was connected since the first, when nobody uses it any more. */
  disconnect(): Promise<void>;
  /** Where a process of its own finds the store, past the proxy. */
  readonly url: string;
  /** Adds a job behind our back, with any payload. */
  inject(queue: string, id: string, data: unknown): Promise<void>;
  /** Everything in the store is gone. */
  wipe(): Promise<void>;
  cut(): Promise<void>;
  freeze(): void;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const LOCK_MS = 2_000;
const logger = pino({ level: 'silent' });

/** What the queue must do on every store; run against the real servers. */
export function describeQueue(name: string, create: () => Promise<QueueStoreUnderTest>): void {
  describe(name, () => {
    let store: QueueStoreUnderTest;
    let queue: JobQueue;
    let serial = 0;
    const running: Workers[] = [];

    beforeAll(async () => {
      store = await create();
      queue = await createJobQueue({ store: store.connect(), logger, timeoutMs: 2_000 });
    });
    afterEach(async () => {
      await store.restore();
      await Promise.all(running.splice(0).map((workers) => workers.stop(AbortSignal.abort())));
      await store.disconnect();
      await store.wipe();
    });
    afterAll(async () => {
      await queue?.close();
      await store?.close();
    });

    const subjectJob = (sequence = 1): Extract<Job, { kind: 'judge-subject' }> => ({
      kind: 'judge-subject',
      subjectId: `subject ${name}:${++serial}`,
      sequence,
    });
    const work = async (handlers: JobHandlers, lockMs = LOCK_MS) => {
      const workers = await startWorkers(handlers, {
        store: store.connect(),
        logger,
        timings: { ...TIMINGS, jobLockMs: lockMs },
      });
      running.push(workers);
      return workers;
    };
    /** Starts a worker that notes what it was given; each run waits until it is let go. */
    const note = async () => {
      const seen: Job[] = [];
      const gate = Promise.withResolvers<void>();
      const handle = async (job: Job) => {
        seen.push(job);
        await gate.promise;
      };
      await work({
        'judge-subject': handle,
        'resolve-event': handle,
        'apply-quarantine': handle,
        'send-notice': handle,
      });
      return { seen, letGo: gate.resolve };
    };
    const untilSeen = (seen: readonly Job[], count: number) =>
      waitFor(() => seen.length >= count, { what: `${count} jobs to run`, context: () => JSON.stringify(seen) });
    const idle = async () => {
      const counts = Object.values(await queue.counts());
      return counts.every((each) => each.waiting + each.active + each.delayed + each.failed === 0);
    };
    const untilIdle = () => waitFor(idle, { what: 'the queue to be empty' });

    test('runs a job of each kind with its identity, and forgets it', async () => {
      const { seen, letGo } = await note();
      letGo();
      const jobs: readonly Job[] = [
        subjectJob(7),
        { kind: 'resolve-event', eventId: '12' },
        { kind: 'apply-quarantine', effectId: '34', attempt: 0 },
        { kind: 'send-notice', effectId: '35', attempt: 2 },
      ];
      for (const job of jobs) await queue.add(job);
      await untilSeen(seen, 4);
      expect(seen).toHaveLength(4);
      expect(seen).toEqual(expect.arrayContaining([...jobs]));
      await untilIdle();
    });

    test('one message at a time goes to each sink: only of that is the end unknown when a process dies', async () => {
      const { seen, letGo } = await note();
      const jobs = ['slack', 'slack', 'mail', 'slack'].map((sink, index): Job => {
        return {
          kind: 'send-notice',
          effectId: `${index}`,
          attempt: 0,
          lane: { registry: sink, repository: `app-${index}` },
        };
      });
      for (const job of jobs) await queue.add(job);
      const all = async () => (await queue.counts())['send-notice'].active === jobs.length;
      // All were handed out by the store; who may run is decided by the process.
      await waitFor(all, { what: 'all to be handed out' });
      await untilSeen(seen, 2);
      expect(seen.map(({ lane }) => lane?.registry).toSorted()).toEqual(['mail', 'slack']);
      letGo();
      await untilSeen(seen, 4);
      await untilIdle();
    });

    test('A5: the same job is one job while it waits and while it runs, and may come again after', async () => {
      const job = subjectJob();
      await Promise.all(Array.from({ length: 20 }, () => queue.add(job)));
      expect((await queue.counts())['judge-subject']).toMatchObject({ waiting: 1, active: 0 });
      const { seen, letGo } = await note();
      await untilSeen(seen, 1);
      await queue.add(job);
      expect((await queue.counts())['judge-subject']).toMatchObject({ waiting: 0, active: 1 });
      letGo();
      await untilIdle();
      await queue.add(job);
      await untilSeen(seen, 2);
      await queue.add({ ...job, sequence: 2 });
      await untilSeen(seen, 3);
    });

    test('a delayed job runs when its time has come', async () => {
      const { seen, letGo } = await note();
      letGo();
      const job = subjectJob();
      const before = Date.now();
      await queue.add(job, { delayMs: 700 });
      expect((await queue.counts())['judge-subject']).toMatchObject({ delayed: 1 });
      await untilSeen(seen, 1);
      expect(Date.now() - before).toBeGreaterThanOrEqual(700);
    });

    test('a job that failed is run again after a while', async () => {
      const attempts: number[] = [];
      await work({
        'judge-subject': async () => {
          attempts.push(Date.now());
          if (attempts.length === 1) throw new FaultError('REGISTRY_TIMEOUT', 'no answer', { retryable: true });
        },
      });
      await queue.add(subjectJob());
      await waitFor(() => attempts.length === 2, { what: 'the second attempt' });
      const [first = 0, second = 0] = attempts;
      expect(second - first).toBeGreaterThanOrEqual(1_900);
      await untilIdle();
    });

    test.each([
      new FaultError('TAG_WRITE_REFUSED', 'no write credentials', { retryable: false }),
      new InvalidInputError('JOB_MALFORMED', 'nonsense'),
    ])('$code is not tried again, and the same job may be added once more', async (error) => {
      let attempts = 0;
      await work({
        'judge-subject': async () => {
          attempts += 1;
          throw error;
        },
      });
      const job = subjectJob();
      await queue.add(job);
      await waitFor(() => attempts === 1, { what: 'the attempt' });
      await untilIdle();
      await queue.add(job);
      await waitFor(() => attempts === 2, { what: 'the job to be accepted again' });
      await untilIdle();
    });

    test.each([
      { verdict: 'fail-evidence', kind: 'judge-subject', subjectId: 'x', sequence: 1 },
      { kind: 'judge-subject', subjectId: 'x' },
      { kind: 'send-notice', effectId: 'x', attempt: 1 },
      { kind: 'judge-subject', subjectId: 'x'.repeat(129), sequence: 1 },
      { kind: 'judge-subject', subjectId: 'x', sequence: '1' },
      'nonsense',
      null,
    ])('E4: a job written into the store by somebody else is dropped: %j', async (data) => {
      const { seen, letGo } = await note();
      letGo();
      await store.inject('judge-subject', `forged-${++serial}`, data);
      const own = subjectJob();
      await queue.add(own);
      await untilSeen(seen, 1);
      await untilIdle();
      expect(seen).toEqual([own]);
    });

    test('where other processes share the work, a job goes through the store, though this process could run it', async () => {
      const shortWay = createShortWay();
      shortWay.open('judge-subject', () => Promise.reject(new Error('expected the store to be used')));
      const shared = await createJobQueue({ store: store.connect(), logger, shortWay, isShared: () => true });
      try {
        const lane = { registry: 'prod', repository: 'acme/app' };
        await shared.add({ ...subjectJob(), lane });
        const { seen, letGo } = await note();
        await untilSeen(seen, 1);
        letGo();
      } finally {
        await shared.close();
      }
    });

    test('many more of a repository’s jobs are in flight past the store than in it, where others share the work', async () => {
      const shortWay = createShortWay();
      let ran = 0;
      shortWay.open('judge-subject', () => {
        ran += 1;
        return new Promise(() => {});
      });
      let isShared = false;
      const own = await createJobQueue({ store: store.connect(), logger, shortWay, isShared: () => isShared });
      const lane = { registry: 'prod', repository: 'acme/app' };
      const burst = async () => {
        for (let n = 0; n < 600; n += 1) await own.add({ ...subjectJob(), lane });
        return (await queue.counts())['judge-subject'].waiting;
      };
      try {
        expect([await burst(), ran, own.window.room('judge-subject')]).toEqual([0, 512, 512]);
        // Another process comes: what is offered from now on is as much as the store takes.
        isShared = true;
        expect([await burst(), ran, own.window.room('judge-subject')]).toEqual([64, 512, 64]);
        expect(own.window.takeBehind()).toContain('judge-subject');
      } finally {
        await own.close();
      }
    });

    test('goes on when the store is wiped while jobs run', async () => {
      const { seen, letGo } = await note();
      await queue.add(subjectJob());
      await untilSeen(seen, 1);
      await queue.add(subjectJob(), { delayMs: 3_600_000 });
      await store.wipe();
      const after = subjectJob();
      await queue.add(after);
      await untilSeen(seen, 2);
      letGo();
      await untilIdle();
      const last = subjectJob();
      await queue.add(last);
      await untilSeen(seen, 3);
      expect(seen.slice(1)).toEqual([after, last]);
    });

    test('a job whose process was killed is run by another', async () => {
      const job = subjectJob();
      const doomed = await startChild({
        name: 'doomed worker',
        command: process.execPath,
        args: [
          join(import.meta.dirname, '../support/queue/doomed-worker.ts'),
          JSON.stringify({ kind: store.kind, url: store.url }),
          String(LOCK_MS),
        ],
        ready: async (output) => {
          await queue.add(job);
          return output.includes(`took ${job.subjectId}`);
        },
        stopSignal: 'SIGKILL',
      });
      await doomed.stop();
      const { seen, letGo } = await note();
      letGo();
      await waitFor(() => seen.length > 0, { what: 'another worker to take the job', timeoutMs: 20_000 });
      expect(seen).toEqual([job]);
      await untilIdle();
    });

    test('a long job keeps its lock and is run once', async () => {
      const { seen, letGo } = await note();
      const second = await work({ 'judge-subject': async (job) => void seen.push(job) });
      await queue.add(subjectJob());
      await untilSeen(seen, 1);
      const until = Date.now() + 2.5 * LOCK_MS;
      await waitFor(() => Date.now() > until, { what: 'the lock to be renewed several times' });
      expect(seen).toHaveLength(1);
      letGo();
      await untilIdle();
      await second.stop(AbortSignal.abort());
    });

    test('stopping waits for what runs and leaves the rest for others', async () => {
      const { seen, letGo } = await note();
      await queue.add(subjectJob());
      await untilSeen(seen, 1);
      let stopped = false;
      const stop = running[0]?.stop(AbortSignal.timeout(30_000)).then(() => {
        stopped = true;
      });
      for (let n = 0; n < 5; n++) await queue.add(subjectJob());
      // The one fetch that was under way when the worker was stopped may still bring it a job.
      await waitFor(async () => (await queue.counts())['judge-subject'].waiting >= 4, { what: 'the new jobs to wait' });
      expect(stopped).toBe(false);
      letGo();
      await stop;
      const { waiting, active } = (await queue.counts())['judge-subject'];
      expect({ active, total: waiting + seen.length }).toEqual({ active: 0, total: 6 });
      expect(waiting).toBeGreaterThanOrEqual(4);
    });

    test('giving up fires the signal of what runs, and the job is kept for later', async () => {
      let reason: unknown;
      const started = Promise.withResolvers<void>();
      const workers = await work({
        'judge-subject': (_job, signal) =>
          new Promise((_, reject) => {
            started.resolve();
            signal.addEventListener('abort', () => {
              reason = signal.reason;
              reject(new Error('stopped'));
            });
          }),
      });
      await queue.add(subjectJob());
      await started.promise;
      await workers.stop(AbortSignal.abort());
      expect(reason).toBeDefined();
      const { waiting, active, delayed } = (await queue.counts())['judge-subject'];
      expect(waiting + active + delayed).toBe(1);
    });

    test('stops within seconds even if a job does not heed its signal', async () => {
      const started = Promise.withResolvers<void>();
      await work({
        'judge-subject': () => {
          started.resolve();
          return new Promise(() => {});
        },
      });
      await queue.add(subjectJob());
      await started.promise;
      const [workers] = running.splice(0);
      await expect(workers?.stop(AbortSignal.abort())).resolves.toBeUndefined();
    });

    test('a store that is away is said so, and used again when it is back', async () => {
      const { seen, letGo } = await note();
      letGo();
      await store.cut();
      const lost = subjectJob();
      await expect(queue.add(lost)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true });
      await expect(queue.counts()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
      await store.restore();
      const job = subjectJob();
      const added = () => queue.add(job).then(() => true);
      await waitFor(added, { what: 'the queue to accept a job again' });
      await waitFor(() => seen.some((each) => 'subjectId' in each && each.subjectId === job.subjectId), {
        what: 'the worker to come back',
        timeoutMs: 20_000,
      });
    });

    test('a store that hangs does not hang whoever adds a job', async () => {
      store.freeze();
      await expect(queue.add(subjectJob())).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true });
    });

    test('a store that hangs does not hang the start', async () => {
      store.freeze();
      const refused = { code: 'QUEUE_UNAVAILABLE', retryable: true };
      await Promise.all([
        expect(createJobQueue({ store: store.connect(), logger })).rejects.toMatchObject(refused),
        expect(startWorkers({}, { store: store.connect(), logger })).rejects.toMatchObject(refused),
      ]);
    });

    test('workers stop while the store is away', async () => {
      const workers = await work({ 'judge-subject': async () => undefined });
      await store.cut();
      await expect(workers.stop(AbortSignal.abort())).resolves.toBeUndefined();
    });
  });
}
