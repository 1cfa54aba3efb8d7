import { createHash } from 'node:crypto';
import type { Digest } from './digest.ts';

/** What is judged: one manifest digest in one repository of one configured registry. */
export interface Subject {
  readonly registryId: string;
  readonly repository: string;
  readonly digest: Digest;
}

/** The subject's identity as 64 hex characters: job ids and log lines use it (BullMQ refuses `:` in ids). */
export function subjectKey(subject: Subject): string {
  // NUL cannot occur in any of the three parts, so no two subjects share an input.
  return createHash('sha256').update(`${subject.registryId}\0${subject.repository}\0${subject.digest}`).digest('hex');
}
