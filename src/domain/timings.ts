/**
 * How long what is at work belongs to whoever took it, and by when he must have given it up. All daemons on one record
 * must agree, or one takes what another still has. Only tests have others than `TIMINGS`.
 */
export interface Timings {
  /** How long one job of each kind may take before its signal fires, in ms. */
  readonly deadlineMs: {
    readonly 'resolve-event': number;
    readonly 'judge-subject': number;
    readonly 'apply-quarantine': number;
    readonly 'send-notice': number;
  };
  /** After how long without progress a judgement that was asked for has lost its job, or one that began its process, in ms. */
  readonly lostAfterMs: number;
  /**
   * How long an effect that was begun belongs to whoever began it, in ms. After that its process must have died, and it
   * may be begun again.
   */
  readonly effectLeaseMs: number;
  /** After how long a job whose process has died goes to another, in ms, at the earliest. */
  readonly jobLockMs: number;
  /** After how long without a sign of life who reads a topic gives it up to others, in ms; Kafka refuses less than 6 s. */
  readonly kafkaSessionMs: number;
  /** After how long without a sign of life who sweeps a registry gives it up to others, in ms. */
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
 * Returns timings that hang together: whoever has something gives it up before another may take it. Not more than the
 * default is what is lost after: the commands, which have a process of their own, reckon with that.
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
