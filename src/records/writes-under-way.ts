import { sql } from 'kysely';
import type { Queryable } from './database.ts';

/** Registry writes of one subject whose end is not known yet. */
export interface WritesUnderWay {
  /** A quarantine that has begun: its tag may be there, or come. */
  readonly quarantine: boolean;
  /** A release a person has asked for. */
  readonly manualRelease: boolean;
}

/** Reads them, for a plan that must not rest on a mark about to change; the caller has locked the subject. */
export async function readWritesUnderWay(db: Queryable, subjectId: string): Promise<WritesUnderWay> {
  const row = await db
    .selectFrom('effects')
    .select([
      sql<boolean>`coalesce(bool_or(kind = 'quarantine' AND (state = 'sending' OR reply_unknown)), false)`.as(
        'quarantine',
      ),
      sql<boolean>`coalesce(bool_or(kind = 'release' AND origin = 'manual'), false)`.as('manualRelease'),
    ])
    .where('subject_id', '=', subjectId)
    .where('kind', '!=', 'notice')
    .where('state', 'in', ['pending', 'sending', 'held'])
    .executeTakeFirstOrThrow();
  return row;
}
