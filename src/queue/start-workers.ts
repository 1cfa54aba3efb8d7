import { type IQueueBackend, type Job, type JobJson, type JobProgress, WaitingError, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { TIMINGS, type Timings } from '../domain/timings.ts';
import { InvalidInputError } from '../kit/errors.ts';
import type { FairQueueLimits } from '../kit/fair-queue.ts';
import { createFairSemaphore } from '../kit/fair-semaphore.ts';
import type { RightOfWay } from '../kit/io/right-of-way.ts';
import type { JobHandler, JobKind } from '../ports/job-queue.ts';
import { KEY_PREFIX } from './create-job-queue.ts';
import { MOST_IN_FLIGHT } from './in-flight-window.ts';
import type { InFlightWindows } from './in-flight-windows.ts';
import type { OpenStore } from './open-store.ts';
import { backOffMs, ownJob } from './own-job.ts';
import { toQueueFault, within } from './queue-fault.ts';
import { openStore, type QueueStore } from './queue-store.ts';
import { isFinalError, runJob, toJobError } from './run-job.ts';
import type { ShortWay } from './short-way.ts';
import { stopWorkers } from './stop-workers.ts';
import { throttledLog } from './throttled-log.ts';

/** What runs each kind of job; a process may leave some to others. */
export type JobHandlers = { readonly [K in JobKind]?: JobHandler<K> };

export interface WorkersOptions {
  readonly store: QueueStore;
  readonly logger: Logger;
  /** How many jobs of a kind run at once in this process for one repository; of all together twice as many. */
  readonly concurrency?: Partial<Readonly<Record<JobKind, number>>>;
  /** Default: those of the daemon. */
  readonly timings?: Pick<Timings, 'deadlineMs' | 'jobLockMs'>;
  /** Shared with the queue of this process. */
  readonly windows?: InFlightWindows;
  /** From the queue of this process. */
  readonly shortWay?: ShortWay;
  /** For whom looks at registries stand back. */
  readonly rightOfWay?: RightOfWay;
}

/** The workers of this process, running. */
export interface Workers {
  /** Takes no more jobs and waits for those under way; `giveUp` fires the signals of those that still run. */
  stop(giveUp: AbortSignal): Promise<void>;
}

// In flight = rate × latency: 50 verdicts a second of 0.15 s each are 8; more than 16 provokes rate limits.
const DEFAULT_CONCURRENCY: Readonly<Record<JobKind, number>> = {
  'resolve-event': 8,
  'judge-subject': 16,
  'apply-quarantine': 4,
  'send-notice': 4,
};
// What nobody waits for, and is most of all work. Writes and notices are few, and people wait for them.
const STANDS_BACK: ReadonlySet<JobKind> = new Set(['resolve-event', 'judge-subject']);
/**
 * One message at a time to each sink: whoever reads them is asked for a rate of one a second anyway
 * (https://docs.slack.dev/apis/web-api/rate-limits), and of those under way when a process dies nobody knows the end.
 */
const LIMITS: Partial<Readonly<Record<JobKind, FairQueueLimits>>> = { 'send-notice': { ofRegistry: 1 } };
// Far above what any job sees: BullMQ fails a job that was interrupted more often without running it. How often one may
// crash the process is counted on record, where it is seen and announced.
const MAX_STALLED = 1_000;
const READY_TIMEOUT_MS = 10_000;
// How soon a worker looks again after its store has failed it.
const RETRY_MS = 1_000;

/**
 * Starts a worker for every kind of job that has a handler.
 * @throws {FaultError} `QUEUE_UNAVAILABLE`, `REDIS_UNSAFE`, `DATABASE_TOO_NEW`
 */
export async function startWorkers(handlers: JobHandlers, options: WorkersOptions): Promise<Workers> {
  const store = await openStore(options.store, 'work', options.logger);
  const inFlight = new Set<Promise<void>>();
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const report = throttledLog(options.logger, 'a worker reports an error');
  const start = <K extends JobKind>(kind: K): readonly AnyWorker[] => {
    const handler: JobHandler<K> | undefined = handlers[kind];
    return handler === undefined
      ? []
      : [
          startWorker(kind, handler, {
            store,
            options,
            report,
            inFlight,
            isStopping: stopping.signal,
            hasGivenUp: givingUp.signal,
          }),
        ];
  };
  const workers = [
    ...start('resolve-event'),
    ...start('judge-subject'),
    ...start('apply-quarantine'),
    ...start('send-notice'),
  ];
  const stop = (giveUp: AbortSignal) => {
    options.shortWay?.close();
    // A job that waits for a slot has not begun. It goes back into the queue, and is on record anyway.
    stopping.abort(new DOMException('stopping', 'AbortError'));
    const cancel = (): void => givingUp.abort(new DOMException('stopping', 'AbortError'));
    if (giveUp.aborted) cancel();
    else giveUp.addEventListener('abort', cancel, { once: true });
    return stopWorkers({ workers, inFlight }, giveUp).finally(store.close);
  };
  try {
    await within(Promise.all(workers.map((worker) => worker.waitUntilReady())), READY_TIMEOUT_MS, store.place);
  } catch (error) {
    await stop(AbortSignal.abort());
    throw toQueueFault(error, store.place);
  }
  return { stop };
}

type AnyWorker = Worker<unknown, void, string, IQueueBackend, JobProgress, string>;

/** Hands out only what a job of ours has, whatever the store holds. */
class OwnJobsWorker extends Worker<unknown, void, string, IQueueBackend, JobProgress, string> {
  protected override createJob(stored: JobJson, jobId: string): Job<unknown, void> {
    return super.createJob(ownJob(stored), jobId);
  }
}

interface Surroundings {
  readonly store: OpenStore;
  readonly options: WorkersOptions;
  readonly report: (error: Error) => void;
  readonly inFlight: Set<Promise<void>>;
  readonly isStopping: AbortSignal;
  readonly hasGivenUp: AbortSignal;
}

function startWorker<K extends JobKind>(
  kind: K,
  handler: JobHandler<K>,
  { store, options, report, inFlight, isStopping, hasGivenUp }: Surroundings,
): AnyWorker {
  const { logger, concurrency, timings = TIMINGS } = options;
  const { deadlineMs, jobLockMs } = timings;
  const window = options.windows?.[kind];
  const count = 2 * (concurrency?.[kind] ?? DEFAULT_CONCURRENCY[kind]);
  const slots = createFairSemaphore(count, LIMITS[kind]);
  if (STANDS_BACK.has(kind)) options.rightOfWay?.standBack(slots, count);
  options.shortWay?.open(kind, async (job, id, onBegun) => {
    window?.fetched(id);
    const running = runJob(kind, handler, { data: job, signal: hasGivenUp, deadlineMs, slots, isStopping, onBegun });
    inFlight.add(running);
    try {
      await running;
      return undefined;
    } catch (error) {
      // It has not begun, and is on record.
      if (error === isStopping.reason) return undefined;
      logger.warn({ err: error, jobId: id, kind }, 'a job failed');
      return isFinalError(error) ? undefined : { error };
    } finally {
      inFlight.delete(running);
      window?.ended(id);
    }
  });
  // BullMQ hands over a signal only to a function of three parameters.
  const run = async (
    stored: Job<unknown, void>,
    token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const { id = '', data } = stored;
    window?.fetched(id);
    const running = runJob(kind, handler, { data, signal, deadlineMs, slots, isStopping });
    inFlight.add(running);
    try {
      await running;
    } catch (error) {
      if (error !== isStopping.reason) throw toJobError(error);
      // The job has not begun, so it goes back into the queue as it was. Who stops waits for that by BullMQ's own close,
      // and no longer than the store may take.
      inFlight.delete(running);
      await stored.moveToWait(token);
      throw new WaitingError();
    } finally {
      inFlight.delete(running);
      window?.ended(id);
    }
  };
  const worker: AnyWorker = new OwnJobsWorker(
    kind,
    run,
    {
      connection: 'in the backend',
      prefix: KEY_PREFIX,
      // All that may be in the store: who runs is decided here, by turns, and nobody waits behind what may not run.
      concurrency: MOST_IN_FLIGHT.store,
      lockDuration: jobLockMs,
      stalledInterval: jobLockMs / 2,
      maxStalledCount: MAX_STALLED,
      runRetryDelay: RETRY_MS,
      drainDelay: store.askAgainS,
      settings: { backoffStrategy: (attemptsMade, _type, error) => backOffMs(attemptsMade, error) },
    },
    store.backend,
  );
  worker.on('error', (error) => {
    if (worker.closing === undefined) report(error);
  });
  worker.on('stalled', (jobId) => logger.warn({ jobId, kind }, 'a job was interrupted and is run again'));
  worker.on('failed', (job, error) => {
    // Whoever can write to the store can write a thousand of these a second.
    if (error.cause instanceof InvalidInputError) return report(error);
    logger.warn({ err: error.cause ?? error, jobId: job?.id, kind, attempt: job?.attemptsMade }, 'a job failed');
  });
  return worker;
}
