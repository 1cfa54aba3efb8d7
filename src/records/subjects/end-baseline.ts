import { sql } from 'kysely';
import type { Database, Queryable } from '../database.ts';
import type { JudgementClock } from './judgement-due.ts';
import { lockSubjects } from './subject-row.ts';

/** Locked in one transaction: a registry may hold tens of thousands. */
const AT_ONCE = 500;

/** See `ManualActions.endBaseline`. */
export async function endBaseline(
  database: Database,
  subjects: readonly { readonly id: string }[],
  clock: JudgementClock,
): Promise<number> {
  let count = 0;
  for (let at = 0; at < subjects.length; at += AT_ONCE) {
    const ids = subjects.slice(at, at + AT_ONCE).map(({ id }) => id);
    count += await database.transact((trx) => endSome(trx, ids, clock));
  }
  return count;
}

/**
 * Whoever asks has no access to the queue, so each is put on record as one whose job was lost, for the next round of a
 * sweeper.
 */
async function endSome(db: Queryable, ids: readonly string[], { now, lostAfterMs }: JudgementClock): Promise<number> {
  await lockSubjects(db, ids);
  const ended = await db
    .updateTable('subjects')
    .set({
      baseline: 'over',
      is_found: false,
      requested_seq: sql<number>`CASE WHEN requested_seq <= started_seq THEN requested_seq + 1 ELSE requested_seq END`,
      progress_at: new Date(now.getTime() - lostAfterMs),
    })
    .where('id', '=', sql<string>`any(${ids})`)
    .where('baseline', '=', 'recorded')
    .returning('id')
    .execute();
  return ended.length;
}
