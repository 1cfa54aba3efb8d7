/** A unit of work. Carries identity only, never a verdict: Redis is not trusted to hold one. */
export type Job =
  /** Find the digest of an event that named only a tag. */
  | { readonly kind: 'resolve-event'; readonly eventId: string }
  /** Judge a subject; `sequence` is the request this job answers. */
  | { readonly kind: 'judge-subject'; readonly subjectId: string; readonly sequence: number }
  /** Write a mark into the registry, or take it off. */
  | { readonly kind: 'apply-quarantine'; readonly effectId: string; readonly attempt: number }
  /** Send one announcement to one sink. */
  | { readonly kind: 'send-notice'; readonly effectId: string; readonly attempt: number };

export type JobKind = Job['kind'];

export interface JobQueue {
  /**
   * Schedules a job. The same job added twice while the first waits or runs is one job.
   * @throws {FaultError} `QUEUE_UNAVAILABLE`, at once, never hanging.
   */
  add(job: Job, options?: { readonly delayMs?: number }): Promise<void>;
  /** How many jobs wait, run or are delayed, per kind: for metrics. */
  counts(): Promise<Readonly<Record<JobKind, { waiting: number; active: number; delayed: number; failed: number }>>>;
  close(): Promise<void>;
}

/** Runs one job. A rejection means: try again by the queue's back-off; the record decides what is final. */
export type JobHandler<K extends JobKind = JobKind> = (
  job: Extract<Job, { kind: K }>,
  signal: AbortSignal,
) => Promise<void>;
