import type { Job, JobKind } from '../ports/job-queue.ts';
import { perKind } from './job-schema.ts';

/**
 * From who adds jobs to who runs them in the same process, past the store: a trip through it costs several statements a
 * job, and what is added is on record anyway. The store keeps what is to be tried again, and what other processes run.
 */
export interface ShortWay {
  /**
   * Gives a job to its runner; false if this process has none, or is stopping. `onFailed` is called with the error of a
   * job that may be tried again.
   */
  take(job: Job, id: string, onFailed: (error: unknown) => void): boolean;
  /** Whether this process runs this kind, and is not stopping. */
  isOpen(kind: JobKind): boolean;
  /** Opens it for a kind. */
  open(kind: JobKind, run: Runner): void;
  /** What comes from here on goes through the store again. */
  close(): void;
  /** Jobs of a kind that were taken and have not ended. */
  count(kind: JobKind): { readonly waiting: number; readonly active: number };
}

/**
 * Runs one job when it is its turn; calls `onBegun` when that is. Resolves with the error if the job is to be tried
 * again, and never rejects.
 */
export type Runner = (job: Job, id: string, onBegun: () => void) => Promise<{ readonly error: unknown } | undefined>;

/** Creates it, open for nothing yet. */
export function createShortWay(): ShortWay {
  const runners = new Map<JobKind, Runner>();
  const counts = perKind(() => ({ waiting: 0, active: 0 }));

  async function run(runner: Runner, job: Job, id: string): Promise<{ readonly error: unknown } | undefined> {
    const count = counts[job.kind];
    let stage: keyof typeof count = 'waiting';
    count.waiting += 1;
    const failed = await runner(job, id, () => {
      count.waiting -= 1;
      count.active += 1;
      stage = 'active';
    });
    count[stage] -= 1;
    return failed;
  }

  return {
    take(job, id, onFailed) {
      const runner = runners.get(job.kind);
      if (runner === undefined) return false;
      void run(runner, job, id).then((failed) => failed && onFailed(failed.error));
      return true;
    },
    isOpen: (kind) => runners.has(kind),
    open: (kind, runner) => void runners.set(kind, runner),
    close: () => runners.clear(),
    count: (kind) => counts[kind],
  };
}
