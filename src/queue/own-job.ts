import type { JobJson, JobsOptions } from 'bullmq';
import { backOff } from '../kit/back-off.ts';
import { FaultError } from '../kit/errors.ts';

/**
 * How often the queue itself runs a failing job: 2, 4, 8 and 16 s apart, half a minute in all. What still fails then is
 * left to the sweeper, which asks the record again whether it is wanted at all.
 */
export const MAX_ATTEMPTS = 5;
const FIRST_MS = 2_000;
// The longest wait a remote `Retry-After` may impose on a job here; beyond it the sweeper's round is the better clock.
const MOST_MS = 300_000;

/**
 * How every job of ours is made. Removed as soon as it has ended, well or not: one that stayed would swallow the next of
 * its name, and what happened is on record.
 */
export const JOB_OPTIONS = {
  attempts: MAX_ATTEMPTS,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
} as const satisfies JobsOptions;

// The identity of a job is an id of 64 hex digits and a number. What is longer is not read: parsing ten megabytes holds
// up everything else.
const MAX_DATA_CHARACTERS = 1_000;

/**
 * Takes from a stored job only the fields that our jobs have: whoever can write to the store could otherwise make
 * BullMQ repeat a job for ever (`repeatJobKey`), link it to others, or keep it.
 */
export function ownJob({ id, name, data, timestamp, attemptsMade, attemptsStarted, stalledCounter }: JobJson): JobJson {
  return {
    id,
    name,
    data: isJson(data) ? data : 'null',
    timestamp,
    attemptsMade,
    attemptsStarted,
    stalledCounter,
    opts: JOB_OPTIONS,
    progress: 0,
    failedReason: '',
    returnvalue: 'null',
  };
}

// Data that is no JSON would be handed out again and again, because BullMQ parses it before we can refuse it.
function isJson(data: unknown): data is string {
  if (typeof data !== 'string' || data.length > MAX_DATA_CHARACTERS) return false;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

/** How long a failed job waits, in ms; `attemptsMade` counts the failed try. What the other side asked for is honoured. */
export function backOffMs(attemptsMade: number, error: unknown): number {
  const own = backOff(FIRST_MS, attemptsMade - 1);
  const asked = error instanceof FaultError ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(own, asked), MOST_MS);
}
