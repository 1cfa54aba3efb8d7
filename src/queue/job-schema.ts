import { z } from 'zod';
import { InvalidInputError } from '../kit/errors.ts';
import type { Job, JobKind } from '../ports/job-queue.ts';

// Ids of the record are 64 hex digits or a number; twice that is room enough, and no room for a payload.
const ID = z.string().min(1).max(128);
// A forged lane only takes another's turn. It is bounded by the length of ids and names of repositories.
const LANE = z.strictObject({ registry: z.string().max(128), repository: z.string().max(255) }).optional();
const COUNTER = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const SCHEMAS = {
  'resolve-event': z.strictObject({ kind: z.literal('resolve-event'), eventId: ID, lane: LANE }),
  'judge-subject': z.strictObject({ kind: z.literal('judge-subject'), subjectId: ID, sequence: COUNTER, lane: LANE }),
  'apply-quarantine': z.strictObject({
    kind: z.literal('apply-quarantine'),
    effectId: ID,
    attempt: COUNTER,
    lane: LANE,
  }),
  'send-notice': z.strictObject({ kind: z.literal('send-notice'), effectId: ID, attempt: COUNTER, lane: LANE }),
} satisfies { [K in JobKind]: z.ZodType<Extract<Job, { kind: K }>> };

/** Every kind of job; each has a queue of its own, so that a slow sink never holds up a verdict. */
export const JOB_KINDS: readonly JobKind[] = ['resolve-event', 'judge-subject', 'apply-quarantine', 'send-notice'];

/** Makes one thing a kind. */
export function perKind<T>(make: (kind: JobKind) => T): Readonly<Record<JobKind, T>> {
  return {
    'resolve-event': make('resolve-event'),
    'judge-subject': make('judge-subject'),
    'apply-quarantine': make('apply-quarantine'),
    'send-notice': make('send-notice'),
  };
}

/**
 * Reads what the store held under a job. Whoever can write to Redis can write a job, so only identity is taken from it,
 * and one field more than that is refused. @throws {InvalidInputError} `JOB_MALFORMED`
 */
export function parseJob<K extends JobKind>(kind: K, data: unknown): Extract<Job, { kind: K }>;
export function parseJob(kind: JobKind, data: unknown): Job {
  const parsed = SCHEMAS[kind].safeParse(data);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(
    'JOB_MALFORMED',
    `expected the identity of a ${kind} job in the queue, got something else: it is dropped`,
    parsed.error.issues.map((issue) => ({ where: issue.path.join('.') || kind, message: issue.message })),
  );
}
