import type { Job, JobKind } from '../ports/job-queue.ts';
import { createInFlightWindow, type InFlightWindow } from './in-flight-window.ts';
import { perKind } from './job-schema.ts';

/** What a process has in the queue, of each kind; its queue and its workers share it. */
export type InFlightWindows = Readonly<Record<JobKind, InFlightWindow>>;

/** Creates them, with nothing in flight. */
export function createInFlightWindows(): InFlightWindows {
  return perKind(() => createInFlightWindow());
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
