import { sql } from 'kysely';
import type { SubjectAtCommit } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { type SubjectRow, selectSubjects, toSubjectRecord } from './subject-row.ts';

/** A subject with its registry writes whose end is not known yet. */
export interface RowAtCommit extends SubjectRow {
  /** A quarantine that has begun: its tag may be there, or come. */
  readonly quarantine_under_way: boolean;
  /** What it puts on it. */
  readonly mark_under_way: string | null;
  /** A release a person has asked for. */
  readonly manual_release: boolean;
  /** Writes that have not begun. */
  readonly has_open_writes: boolean;
  /** Writes that have not ended. */
  readonly has_writes: boolean;
}

const read = prepare('subject_at_commit', (db, given: Given<{ id: string }>) =>
  selectSubjects(db)
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('effects')
          .select([
            sql<boolean>`coalesce(bool_or(kind = 'quarantine' AND (state = 'sending' OR reply_unknown)), false)`.as(
              'quarantine_under_way',
            ),
            sql<string | null>`max(tag) FILTER (WHERE kind = 'quarantine' AND (state = 'sending' OR reply_unknown))`.as(
              'mark_under_way',
            ),
            sql<boolean>`coalesce(bool_or(kind = 'release' AND origin = 'manual'), false)`.as('manual_release'),
            sql<boolean>`coalesce(bool_or(state IN ('pending', 'held')), false)`.as('has_open_writes'),
            sql<boolean>`count(*) > 0`.as('has_writes'),
          ])
          .whereRef('effects.subject_id', '=', 's.id')
          .where(sql<boolean>`kind IN ('quarantine', 'release') AND effects.state IN ('pending', 'sending', 'held')`)
          .as('writes'),
      (join) => join.onTrue(),
    )
    .select([
      'writes.quarantine_under_way',
      'writes.mark_under_way',
      'writes.manual_release',
      'writes.has_open_writes',
      'writes.has_writes',
    ])
    .where('s.id', '=', given('id')),
);

/** Reads a subject the caller has locked, for a plan that must not rest on a mark about to change. */
export async function readAtCommit(db: Queryable, id: string): Promise<RowAtCommit | undefined> {
  const [row] = await read(db, { id });
  return row;
}

/** What a plan is made from. */
export function toSubjectAtCommit(row: RowAtCommit, markMissing: boolean): SubjectAtCommit {
  return {
    ...toSubjectRecord(row),
    ...(row.manual_release && { mark: 'released' }),
    untoldSince: row.untold_since,
    quarantineUnderWay: row.quarantine_under_way,
    markUnderWay: row.mark_under_way,
    marksLost: row.marks_lost.length,
    markMissing,
  };
}
