import { type IQueueBackend, Queue } from 'bullmq';
import type { Logger } from 'pino';
import type { Job, JobKind, JobQueue } from '../ports/job-queue.ts';
import type { Way } from './in-flight-window.ts';
import { aboutOf, createInFlightWindows, type InFlightWindows } from './in-flight-windows.ts';
import { jobIdOf } from './job-id.ts';
import { JOB_KINDS, perKind } from './job-schema.ts';
import type { OpenStore } from './open-store.ts';
import { backOffMs, JOB_OPTIONS } from './own-job.ts';
import { toQueueFault, within } from './queue-fault.ts';
import { openStore, type QueueStore } from './queue-store.ts';
import { windowOf } from './queue-window.ts';
import type { ShortWay } from './short-way.ts';
import { throttledLog } from './throttled-log.ts';

export interface JobQueueOptions {
  readonly store: QueueStore;
  readonly logger: Logger;
  /** How long one call may take before the store counts as away, in ms. Default 5,000. */
  readonly timeoutMs?: number;
  /** Shared with the workers of this process. */
  readonly windows?: InFlightWindows;
  /** To the workers of this process, if jobs may go to them at once. */
  readonly shortWay?: ShortWay;
  /** Whether other processes run jobs too: then all go through the store, for whoever is free. Default: never. */
  readonly isShared?: () => boolean;
}

/** What our keys in Redis begin with; it may be shared with others. */
export const KEY_PREFIX = 'lazaret';

const DEFAULT_TIMEOUT_MS = 5_000;
// Nobody reads BullMQ's event stream here; the least it can be told to keep.
const KEPT_EVENTS = 100;

/**
 * Opens the queue for adding jobs.
 * @throws {FaultError} `QUEUE_UNAVAILABLE`, `REDIS_UNSAFE`, `DATABASE_TOO_NEW`
 */
export async function createJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const {
    logger,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    windows = createInFlightWindows(),
    shortWay,
    isShared = () => false,
  } = options;
  const store = await openStore(options.store, 'add', logger);
  const report = throttledLog(logger, 'the queue reports an error');
  const queues = perKind((kind) => openQueue(kind, store.backend, report));
  const guard = <T>(work: Promise<T>): Promise<T> =>
    within(work, timeoutMs, store.place).catch((error: unknown) => {
      throw toQueueFault(error, store.place);
    });
  const wayOf = (kind: JobKind): Way => (!isShared() && shortWay?.isOpen(kind) ? 'past' : 'store');
  const add: JobQueue['add'] = async (job, { delayMs = 0 } = {}) => {
    const window = windows[job.kind];
    const id = jobIdOf(job);
    if (job.lane !== undefined) {
      const way = delayMs === 0 ? wayOf(job.kind) : 'store';
      if (!window.offer(id, { about: aboutOf(job), lane: job.lane }, way)) return;
      if (way === 'past' && shortWay?.take(job, id, (error) => tryAgain(job, error))) return;
    }
    try {
      await guard(addJob(queues[job.kind], job, delayMs));
    } catch (error) {
      window.withdraw(id);
      throw error;
    }
  };
  /** From the store, by its back-off. If the store is away, the sweeper finds on record what there is to do. */
  const tryAgain = (job: Job, error: unknown): void => {
    void add(job, { delayMs: backOffMs(1, error) }).catch((refusal: Error) => report(refusal));
  };
  return {
    add,
    window: windowOf(windows, wayOf),
    counts: () => guard(countAll(queues, shortWay)),
    close: async () => {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      await store.close();
    },
  };
}

type AnyQueue = Queue<Job, void, JobKind, Job, void, JobKind, IQueueBackend, string>;

function openQueue(kind: JobKind, backend: OpenStore['backend'], report: (error: Error) => void): AnyQueue {
  const events = { events: { maxLen: KEPT_EVENTS } };
  const queue: AnyQueue = new Queue(
    kind,
    { connection: 'in the backend', prefix: KEY_PREFIX, streams: events },
    backend,
  );
  queue.on('error', (error) => {
    if (queue.closing === undefined) report(error);
  });
  return queue;
}

async function addJob(queue: AnyQueue, job: Job, delayMs: number): Promise<void> {
  await queue.add(job.kind, job, { ...JOB_OPTIONS, jobId: jobIdOf(job), delay: delayMs });
}

async function countAll(
  queues: Readonly<Record<JobKind, AnyQueue>>,
  shortWay: ShortWay | undefined,
): ReturnType<JobQueue['counts']> {
  const counted = await Promise.all(
    JOB_KINDS.map(async (kind) => {
      const counts = await queues[kind].getJobCounts('waiting', 'active', 'delayed', 'failed');
      return [kind, counts] as const;
    }),
  );
  const found = new Map(counted);
  return perKind((kind) => {
    const { waiting = 0, active = 0, delayed = 0, failed = 0 } = found.get(kind) ?? {};
    const here = shortWay?.count(kind) ?? { waiting: 0, active: 0 };
    return { waiting: waiting + here.waiting, active: active + here.active, delayed, failed };
  });
}
