import type { Job, JobKind } from '../ports/job-queue.ts';
import { createHandOut, type HandOut } from './hand-out.ts';
import { perKind } from './job-schema.ts';

/** What a process has in the queue, of each kind; its queue and its workers share it. */
export type HandOuts = Readonly<Record<JobKind, HandOut>>;

/** Creates them, with nothing in hand. */
export function createHandOuts(): HandOuts {
  return perKind(() => createHandOut());
}

/** What a job is about, as the record calls it. */
export function aboutOf(job: Job): string {
  switch (job.kind) {
    case 'resolve-event':
      return job.eventId;
    case 'judge-subject':
      return job.subjectId;
    case 'apply-quarantine':
    case 'send-notice':
      return job.effectId;
  }
}
