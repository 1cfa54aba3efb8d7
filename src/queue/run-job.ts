import { UnrecoverableError } from 'bullmq';
import type { Timings } from '../domain/timings.ts';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import type { FairSemaphore } from '../kit/fair-semaphore.ts';
import { withDeadline } from '../kit/io/with-deadline.ts';
import type { Job, JobHandler, JobKind } from '../ports/job-queue.ts';
import { parseJob } from './job-schema.ts';

const NEVER = new AbortController().signal;

/** A job as the store hands it over, and what it has to wait for. */
export interface JobInput {
  readonly data: unknown;
  readonly signal: AbortSignal | undefined;
  /** How long each kind may take before its signal fires, in ms. */
  readonly deadlineMs: Timings['deadlineMs'];
  readonly slots?: FairSemaphore;
  /** Ends waiting for a slot. */
  readonly isStopping?: AbortSignal;
  /** Called when it has its slot. */
  readonly onBegun?: () => void;
}

/**
 * Reads what the store held and runs its handler when it is its turn, with a signal that fires at the deadline or when
 * the worker stops.
 * @throws {InvalidInputError} `JOB_MALFORMED`, and whatever the handler throws
 */
export async function runJob<K extends JobKind>(kind: K, handler: JobHandler<K>, input: JobInput): Promise<void> {
  const job: Extract<Job, { kind: K }> = parseJob(kind, input.data);
  // The time that it waits for a slot does not count against its deadline.
  const leave = input.slots && (await input.slots.enter(job.lane, input.isStopping));
  try {
    input.onBegun?.();
    await withDeadline(input.signal ?? NEVER, input.deadlineMs[kind], (signal) => handler(job, signal));
  } finally {
    leave?.();
  }
}

/** Whether trying again changes nothing. */
export function isFinalError(error: unknown): error is InvalidInputError | FaultError {
  return error instanceof InvalidInputError || (error instanceof FaultError && !error.retryable);
}

/** What BullMQ is told: an error it must not try again, where trying again changes nothing. */
export function toJobError(error: unknown): unknown {
  // BullMQ's own class takes a message only.
  return isFinalError(error) ? Object.assign(new UnrecoverableError(error.message), { cause: error }) : error;
}
