import type { JobJson, JobsOptions } from 'bullmq';
import { MAX_ATTEMPTS } from './back-off.ts';

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
 * Of what the store holds under a job, what a job of ours has: who can write there could otherwise have BullMQ schedule
 * it again for ever (`repeatJobKey`), tie it to others, or keep it.
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

// One that is none would be handed out again and again: BullMQ reads it before anybody can say that it is no job of ours.
function isJson(data: unknown): data is string {
  if (typeof data !== 'string' || data.length > MAX_DATA_CHARACTERS) return false;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}
