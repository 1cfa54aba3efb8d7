import { type RawBuilder, sql } from 'kysely';
import type { Subject } from '../../domain/subject.ts';
import { storableJson } from '../../kit/storable-json.ts';
import type { BaselineState } from '../../ports/subject-record.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';

/** A subject that may not be on record yet. */
export interface NewSubject extends Subject {
  readonly id: string;
  readonly tag: string | null;
  /** A sweep found it: its judgement waits behind those of announced pushes. */
  readonly isFound: boolean;
  readonly baseline: BaselineState | null;
  readonly correlationId: string;
  readonly now: Date;
}

/** Its members that an event does not have, as columns of a row. */
export const SUBJECT_MEMBERS = sql.raw('id text, repository text, digest text, "isFound" boolean, baseline text');

/**
 * Inserts subjects from the rows of a table, each with its first request for a judgement; no row comes back of one that
 * is on record already.
 */
export function insertingSubjects(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  // Whichever of the two unique keys another event's insert reached first.
  return sql`
    INSERT INTO subjects (id, registry_id, repository, digest, state, first_seen_at, tags, correlation_id, requested_seq,
      progress_at, is_found, baseline)
    SELECT id, "registryId", repository, digest, 'pending', now, array_remove(ARRAY[tag], NULL), "correlationId", 1,
      now, "isFound", baseline
    FROM ${rows}
    ON CONFLICT DO NOTHING`;
}

const insert = prepare('insert_subject', (db, given: Given<{ rows: string }>) => ({
  compile: () =>
    sql<{ id: string }>`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${given('rows')}::jsonb)
          AS g(${SUBJECT_MEMBERS}, tag text, "correlationId" text, now timestamptz, "registryId" text)
      ) ${insertingSubjects(sql.table('given'))} RETURNING id`.compile(db),
}));

/** Writes it; false if it is on record already. */
export async function insertSubject(db: Queryable, subject: NewSubject): Promise<boolean> {
  return (await insert(db, { rows: storableJson([subject]) })).length > 0;
}
