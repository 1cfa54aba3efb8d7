import { FaultError } from '../../../src/kit/errors.ts';
import type { Job, JobKind, JobQueue } from '../../../src/ports/job-queue.ts';
import type { Way } from '../../../src/queue/in-flight-window.ts';
import { aboutOf, createInFlightWindows } from '../../../src/queue/in-flight-windows.ts';
import { jobIdOf } from '../../../src/queue/job-id.ts';
import { windowOf } from '../../../src/queue/queue-window.ts';

/** What a process has in flight, bounded as in the daemon, without a store; a test ends each job. */
export interface WindowedQueue extends Pick<JobQueue, 'add' | 'window'> {
  /** The jobs in flight of a kind, in the order they came. */
  inFlight(kind: JobKind): readonly Job[];
  /** Ends so many of a kind, those that came first; all by default. */
  end(kind: JobKind, most?: number): readonly Job[];
  /** Every call fails from now on, or no longer. */
  isAway: boolean;
}

export function createWindowedQueue(way: Way = 'past'): WindowedQueue {
  const windows = createInFlightWindows();
  const jobs = new Map<string, Job>();
  const inFlight: WindowedQueue['inFlight'] = (kind) => [...jobs.values()].filter((job) => job.kind === kind);
  return {
    isAway: false,
    async add(job) {
      const window = windows[job.kind];
      const id = jobIdOf(job);
      if (!window.offer(id, { about: aboutOf(job), lane: job.lane }, way)) return;
      if (this.isAway) {
        window.withdraw(id);
        throw new FaultError('QUEUE_UNAVAILABLE', 'the queue is away', { retryable: true });
      }
      window.fetched(id);
      jobs.set(id, job);
    },
    window: windowOf(windows, () => way),
    inFlight,
    end(kind, most = Number.POSITIVE_INFINITY) {
      const ended = inFlight(kind).slice(0, most);
      for (const job of ended) {
        jobs.delete(jobIdOf(job));
        windows[kind].ended(jobIdOf(job));
      }
      return ended;
    },
  };
}
