import type { Logger } from 'pino';
import type { EffectRef } from '../ports/effect-outbox.ts';
import type { JudgementRef } from '../ports/event-inbox.ts';
import type { Job, JobQueue } from '../ports/job-queue.ts';

interface EnqueueContext {
  readonly queue: Pick<JobQueue, 'add'>;
  readonly logger: Logger;
}

/** Where the queue failed, and with what. */
export interface Refusal {
  readonly error: unknown;
  /** The index of the first job it did not take. */
  readonly at: number;
}

/**
 * Hands jobs to the queue, one after the other. They are on record already, so the sweeper finds what a queue that is
 * down did not take. A queue that does not answer takes seconds to fail, so the first failure ends the attempt.
 */
export async function enqueue(queue: Pick<JobQueue, 'add'>, jobs: readonly Job[]): Promise<Refusal | undefined> {
  for (const [at, job] of jobs.entries()) {
    try {
      await queue.add(job);
    } catch (error) {
      return { error, at };
    }
  }
  return undefined;
}

/** Hands effects that are ready to the queue. */
export async function enqueueEffects(context: EnqueueContext, effects: readonly EffectRef[]): Promise<void> {
  await enqueueOrLog(context, 'effects', effects.map(jobOfEffect));
}

/** Hands judgements that were asked for to the queue. */
export async function enqueueJudgements(context: EnqueueContext, judgements: readonly JudgementRef[]): Promise<void> {
  await enqueueOrLog(context, 'judgements', judgements.map(jobOfJudgement));
}

/** What carries out an effect. */
export function jobOfEffect({ id, kind, attempts, lane }: EffectRef): Job {
  return { kind: kind === 'notice' ? 'send-notice' : 'apply-quarantine', effectId: id, attempt: attempts, lane };
}

/** What answers a request for a judgement. */
export function jobOfJudgement(judgement: JudgementRef): Job {
  return { kind: 'judge-subject', ...judgement };
}

async function enqueueOrLog({ queue, logger }: EnqueueContext, what: string, jobs: readonly Job[]): Promise<void> {
  const refusal = await enqueue(queue, jobs);
  if (refusal === undefined) return;
  logger.warn({ err: refusal.error, count: jobs.length }, `could not enqueue ${what}; the sweeper will`);
}
