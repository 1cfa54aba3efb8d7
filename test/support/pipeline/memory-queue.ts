import { FaultError } from '../../../src/kit/errors.ts';
import type { Job, JobQueue } from '../../../src/ports/job-queue.ts';
import { jobIdOf } from '../../../src/queue/job-id.ts';
import { JOB_KINDS, perKind } from '../../../src/queue/job-schema.ts';

/** A queue whose jobs a test runs one at a time. Like the real one, it may be wiped at any moment. */
export interface MemoryQueue extends JobQueue {
  /** Takes the job that has waited longest; until `end`, the same job added again is still the same job. */
  take(): Job | undefined;
  /** The job taken has ended, well or not. */
  end(job: Job): void;
  wipe(): void;
  /** Lets every call fail from now on, or no longer. */
  setAway(isAway: boolean): void;
  size(): number;
  /** How many jobs were added in all, repeats of a waiting job left out. */
  added(): number;
}

export function createMemoryQueue(): MemoryQueue {
  const waiting = new Map<string, Job>();
  const running = new Set<string>();
  let added = 0;
  let isAway = false;
  return {
    setAway: (away) => {
      isAway = away;
    },
    add: async (job) => {
      if (isAway) throw new FaultError('QUEUE_UNAVAILABLE', 'the queue is away', { retryable: true });
      const id = jobIdOf(job);
      if (waiting.has(id) || running.has(id)) return;
      added += 1;
      waiting.set(id, job);
    },
    take: () => {
      const [next] = waiting;
      if (next === undefined) return undefined;
      waiting.delete(next[0]);
      running.add(next[0]);
      return next[1];
    },
    end: (job) => void running.delete(jobIdOf(job)),
    wipe: () => {
      waiting.clear();
      running.clear();
    },
    size: () => waiting.size,
    added: () => added,
    counts: async () => {
      const jobs = [...waiting.values()];
      const countOf = (kind: Job['kind']) => jobs.filter((job) => job.kind === kind).length;
      const all = new Map(JOB_KINDS.map((kind) => [kind, countOf(kind)]));
      return perKind((kind) => ({ waiting: all.get(kind) ?? 0, active: 0, delayed: 0, failed: 0 }));
    },
    window: {
      room: () => Number.POSITIVE_INFINITY,
      inFlight: () => [],
      elsewhere: () => [],
      forget: () => undefined,
      isBehind: () => false,
      leave: () => undefined,
      takeBehind: () => new Set(),
      onRoom: () => undefined,
    },
    close: async () => undefined,
  };
}
