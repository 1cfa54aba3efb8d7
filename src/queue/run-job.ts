import { UnrecoverableError } from 'bullmq';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import type { Job, JobHandler, JobKind } from '../ports/job-queue.ts';
import { parseJob } from './job-schema.ts';

/** How long one job may take before its signal fires, in ms. */
const DEADLINE_MS: Readonly<Record<JobKind, number>> = {
  'resolve-event': 30_000,
  // The record takes a judgement for lost after 60 s: it must have ended, and been recorded, by then.
  'judge-subject': 50_000,
  // The outbox lends an effect for 45 s; whoever has it must have given up by then.
  'apply-quarantine': 40_000,
  'send-notice': 40_000,
};

/** Reads what the store held and runs its handler, with a signal that fires at the deadline or when the worker stops. */
export async function runJob<K extends JobKind>(
  kind: K,
  handler: JobHandler<K>,
  input: { readonly data: unknown; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const job: Extract<Job, { kind: K }> = parseJob(kind, input.data);
  const deadline = AbortSignal.timeout(DEADLINE_MS[kind]);
  await handler(job, input.signal === undefined ? deadline : AbortSignal.any([input.signal, deadline]));
}

/** What BullMQ is told: an error it must not try again, where trying again changes nothing. */
export function toJobError(error: unknown): unknown {
  const isFinal = error instanceof InvalidInputError || (error instanceof FaultError && !error.retryable);
  // BullMQ's own class takes a message only.
  return isFinal ? Object.assign(new UnrecoverableError(error.message), { cause: error }) : error;
}
