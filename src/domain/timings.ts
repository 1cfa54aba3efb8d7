/**
 * How long work belongs to the process that took it, and by when that process must have given it up. All daemons on one
 * record must use the same, or one takes work that another still does. Only tests use others than `TIMINGS`.
 */
export interface Timings {
  /** How long one job of each kind may take before its signal fires, in ms. */
  readonly deadlineMs: {
    readonly 'resolve-event': number;
    readonly 'judge-subject': number;
    readonly 'apply-quarantine': number;
    readonly 'send-notice': number;
  };
  /**
   * After so many ms without progress, a judgement that was asked for counts as one whose job was lost, and one that
   * began as one whose process died.
   */
  readonly lostAfterMs: number;
  /**
   * How long an effect that was begun belongs to whoever began it, in ms. After that its process must have died, and it
   * may be begun again.
   */
  readonly effectLeaseMs: number;
  /** How long after the death of its process a job goes to another process, in ms, at the earliest. */
  readonly jobLockMs: number;
  /** After so many ms without a sign of life, a consumer loses its topic to others; Kafka refuses less than 6 s. */
  readonly kafkaSessionMs: number;
  /** After so many ms without a sign of life, a sweep of a registry may be taken over by another process. */
  readonly sweepLeaseMs: number;
}

export const TIMINGS: Timings = {
  deadlineMs: {
    'resolve-event': 30_000,
    // The time limit of a verdict.
    'judge-subject': 50_000,
    // Registry requests end after 20 s, a slow mail server after 30 s.
    'apply-quarantine': 40_000,
    'send-notice': 40_000,
  },
  lostAfterMs: 60_000,
  effectLeaseMs: 45_000,
  jobLockMs: 60_000,
  // A sign of life comes every second, from what reads much at once too.
  kafkaSessionMs: 30_000,
  // A sign of life comes three times in that.
  sweepLeaseMs: 60_000,
};

/**
 * Returns the timings if they fit together: each process gives its work up before another may take it. `lostAfterMs`
 * may not exceed its default, because the commands, which run in processes of their own, rely on that.
 * @throws {RangeError} for others
 */
export function checkTimings(timings: Timings): Timings {
  const { deadlineMs, lostAfterMs, effectLeaseMs, jobLockMs, kafkaSessionMs, sweepLeaseMs } = timings;
  const rules: readonly (readonly [smaller: number, greater: number, what: string])[] = [
    [0, Math.min(...Object.values(deadlineMs)), 'a job must have time'],
    [deadlineMs['judge-subject'], lostAfterMs, 'a judgement must have ended before it is taken for lost'],
    [deadlineMs['apply-quarantine'], effectLeaseMs, 'a registry write must have ended before its lease'],
    [deadlineMs['send-notice'], effectLeaseMs, 'a notice must have ended before its lease'],
    [0, jobLockMs, 'a job must be locked'],
    [0, kafkaSessionMs, 'who reads a topic must have time'],
    [0, sweepLeaseMs, 'who sweeps a registry must have time'],
  ];
  for (const [smaller, greater, what] of rules) {
    if (!(smaller < greater)) throw new RangeError(`${what}: expected ${smaller} ms to be less than ${greater} ms`);
  }
  if (lostAfterMs > TIMINGS.lostAfterMs) throw new RangeError('the commands take for lost what the daemon does not');
  return timings;
}
