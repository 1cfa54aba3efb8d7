import { type RawBuilder, sql } from 'kysely';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { SubjectState } from '../../ports/subject-record.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { laneOf } from './lane-of.ts';

/** What changes when one more judgement is asked for. */
function askAt(now: RawBuilder<Date>) {
  return {
    requested_seq: sql<number>`requested_seq + 1`,
    progress_at: now,
    // What was announced before it was there is waited for from when it may be: whoever can announce could otherwise
    // use up the grace of an image that is still to be pushed. Once it was read, its grace runs: deleting it and
    // pushing it again would begin it anew for ever.
    grace_from: sql<Date | null>`CASE WHEN state = 'gone' AND settled_outcome IS NULL AND is_index IS NULL THEN ${now} ELSE grace_from END`,
    state: sql<SubjectState>`CASE WHEN state IN ('gone', 'parked') THEN 'pending' ELSE state END`,
  };
}

const raise = prepare('request_judgement', (db, given: Given<{ id: string; now: Date }>) =>
  db
    .updateTable('subjects')
    .set(askAt(given('now')))
    .where('id', '=', given('id'))
    .returning(['requested_seq', 'registry_id', 'repository']),
);

/**
 * Asks for one more judgement of a subject that the caller has locked. One that was gone, or set aside, is pending again.
 * @throws {Error} if its row is gone although it is locked: a defect of ours
 */
export async function requestNext(db: Queryable, id: string, now: Date): Promise<JudgementRef> {
  const [row] = await raise(db, { id, now });
  if (row === undefined) throw new Error('a subject vanished while it was locked');
  return { subjectId: id, sequence: row.requested_seq, lane: laneOf(row) };
}

/**
 * Asks for one more judgement of each of these, in their order, but those that somebody else holds, or has taken since
 * they were read.
 */
export async function requestRead(
  db: Queryable,
  read: readonly { readonly id: string; readonly requested_seq: number }[],
  now: Date,
): Promise<readonly JudgementRef[]> {
  if (read.length === 0) return [];
  const ids = read.map(({ id }) => id);
  const sequences = read.map((row) => row.requested_seq);
  const rows = await db
    .updateTable('subjects')
    .set(askAt(sql`${now}::timestamptz`))
    .where(
      'id',
      'in',
      sql<string>`(SELECT s.id FROM subjects s JOIN unnest(${ids}::text[], ${sequences}::int[]) AS r (id, sequence)
        ON s.id = r.id AND s.requested_seq = r.sequence WHERE s.id = ANY (${ids}::text[]) FOR UPDATE OF s SKIP LOCKED)`,
    )
    .returning(['id', 'requested_seq', 'registry_id', 'repository'])
    .execute();
  const taken = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = taken.get(id);
    return row === undefined ? [] : [{ subjectId: id, sequence: row.requested_seq, lane: laneOf(row) }];
  });
}
