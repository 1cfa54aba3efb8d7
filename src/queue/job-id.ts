import type { Job } from '../ports/job-queue.ts';

/**
 * The name of a job in the store, made from what it is about: the same work asked for twice is one job. BullMQ refuses
 * `:` and plain numbers as ids, hence the escape and the prefix.
 */
export function jobIdOf(job: Job): string {
  switch (job.kind) {
    case 'resolve-event':
      return name('event', job.eventId);
    case 'judge-subject':
      return name('subject', job.subjectId, job.sequence);
    case 'apply-quarantine':
    case 'send-notice':
      return name('effect', job.effectId, job.attempt);
  }
}

function name(of: string, id: string, round?: number): string {
  const parts = [of, encodeURIComponent(id.toWellFormed())];
  return [...parts, ...(round === undefined ? [] : [round])].join('-');
}
