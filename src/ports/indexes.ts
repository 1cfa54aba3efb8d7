import type { Subject } from '../domain/subject.ts';
import type { SubjectRecord } from './subject-record.ts';

/**
 * Whether something may be an index of a subject: `open` if something is still being looked at, `untold` if there are
 * only such things that could not be judged.
 */
export type OpenIndex = 'open' | 'untold';

/** The indexes that an image is in, or may be: for who decides what it takes over from them. */
export interface Indexes {
  /** The index subjects of this repository known to list this digest. */
  findParents(subject: Subject): Promise<readonly SubjectRecord[]>;

  /**
   * Whether something announced before this time in the subject's repository may be an index that lists it and still
   * passes: known to list it and waiting, or not read yet, or an event whose tag is not resolved.
   */
  findOpenIndex(
    subject: Subject,
    when: { readonly announcedBefore: Date; readonly now: Date },
  ): Promise<OpenIndex | null>;
}
