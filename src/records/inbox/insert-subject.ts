import type { Subject } from '../../domain/subject.ts';
import type { BaselineState } from '../../ports/subject-record.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';

/** A subject that may not be on record yet. */
export interface NewSubject extends Subject {
  readonly id: string;
  readonly tags: string[];
  /** A sweep found it: its judgement waits behind those of announced pushes. */
  readonly isFound: boolean;
  readonly baseline: BaselineState | null;
  readonly correlationId: string;
  readonly now: Date;
}

/** Inserts a subject with its first request for a judgement; no row comes back if it is on record already. */
export function insertingSubject(db: Queryable, given: Given<NewSubject>) {
  return (
    db
      .insertInto('subjects')
      .values({
        id: given('id'),
        registry_id: given('registryId'),
        repository: given('repository'),
        digest: given('digest'),
        state: 'pending',
        first_seen_at: given('now'),
        tags: given('tags'),
        mark_tag: null,
        released_artifact: null,
        marked_at: null,
        correlation_id: given('correlationId'),
        requested_seq: 1,
        started_at: null,
        progress_at: given('now'),
        next_check_at: null,
        settled_outcome: null,
        grace_from: null,
        failing_since: null,
        recalled_until: null,
        artifact_type: null,
        uncovered_by: null,
        is_found: given('isFound'),
        baseline: given('baseline'),
      })
      // Whichever of the two unique keys another event's insert reached first.
      .onConflict((conflict) => conflict.doNothing())
      .returning(['id', 'correlation_id'])
  );
}

const insert = prepare('insert_subject', insertingSubject);

/** Writes it; false if it is on record already. */
export async function insertSubject(db: Queryable, subject: NewSubject): Promise<boolean> {
  return (await insert(db, subject)).length > 0;
}
