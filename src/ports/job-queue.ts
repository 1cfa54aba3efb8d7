import type { Lane } from '../kit/fair-queue.ts';

/**
 * A unit of work. Carries identity only, never a verdict: Redis is not trusted to hold one. `lane` says whose turn it
 * takes; without one it takes nobody's.
 */
export type Job = { readonly lane?: Lane | undefined } /** Find the digest of an event that named only a tag. */ & (
  | { readonly kind: 'resolve-event'; readonly eventId: string }
  /** Judge a subject; `sequence` is the request this job answers. */
  | { readonly kind: 'judge-subject'; readonly subjectId: string; readonly sequence: number }
  /** Write a mark into the registry, or take it off. */
  | { readonly kind: 'apply-quarantine'; readonly effectId: string; readonly attempt: number }
  /** Send one announcement to one sink. */
  | { readonly kind: 'send-notice'; readonly effectId: string; readonly attempt: number }
);

export type JobKind = Job['kind'];

export interface JobQueue {
  /**
   * Schedules a job. The same job added twice while the first waits or runs is one job. With much of its lane in the
   * queue it stays on record alone, and the sweeper adds it when there is room. So every job that is added must be one
   * that the sweeper finds.
   * @throws {FaultError} `QUEUE_UNAVAILABLE`, at once, never hanging.
   */
  add(job: Job, options?: { readonly delayMs?: number }): Promise<void>;
  /** How many jobs wait, run or are delayed, per kind: for metrics. */
  counts(): Promise<Readonly<Record<JobKind, { waiting: number; active: number; delayed: number; failed: number }>>>;
  readonly window: QueueWindow;
  close(): Promise<void>;
}

/** What this process has in the queue. */
export interface QueueWindow {
  /** Jobs of a kind that may still be added now. */
  room(kind: JobKind): number;
  /** The subjects, events or effects whose jobs were added by this process and have not ended, as far as it knows. */
  inFlight(kind: JobKind): readonly string[];
  /** Those of them that no worker of this process runs; another process may run them. */
  elsewhere(kind: JobKind): readonly string[];
  /** Forgets these, because another process has ended them. */
  forget(kind: JobKind, ids: readonly string[]): void;
  /** Notes that more jobs of this kind are on record. */
  leave(kind: JobKind): void;
  /** Whether jobs were left on record since `takeBehind`. */
  isBehind(): boolean;
  /** The kinds of which jobs were left on record since the last call. */
  takeBehind(): ReadonlySet<JobKind>;
  /**
   * Calls this when half of the jobs that were in flight as others of their kind were left on record have ended: once for
   * each kind, until `takeBehind`.
   */
  onRoom(listener: () => void): void;
}

/** Runs one job. A rejection means: try again by the queue's back-off; the record decides what is final. */
export type JobHandler<K extends JobKind = JobKind> = (
  job: Extract<Job, { kind: K }>,
  signal: AbortSignal,
) => Promise<void>;
