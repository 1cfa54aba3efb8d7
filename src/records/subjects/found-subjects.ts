import { sql } from 'kysely';
import type { FoundContext, FoundWork } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';
import { laneOf } from './lane-of.ts';

/** See `DueWork.findFound`. */
export async function findFound(db: Queryable, { inFlight, resting }: FoundContext, most: number): Promise<FoundWork> {
  const waiting = db
    .selectFrom('subjects as s')
    .where('s.is_found', '=', sql.lit(true))
    .whereRef('s.requested_seq', '>', 's.judged_seq')
    .whereRef('s.started_seq', '=', 's.judged_seq');
  const { count } = await db
    .selectFrom('subjects as s')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('s.id', '=', sql<string>`any(${inFlight})`)
    .where('s.is_found', '=', sql.lit(true))
    .whereRef('s.requested_seq', '>', 's.judged_seq')
    .executeTakeFirstOrThrow();
  const room = Math.max(0, most - Number(count));
  const rows = await waiting
    .select(['s.id', 's.requested_seq', 's.registry_id', 's.repository'])
    .where('s.id', '!=', sql<string>`all(${inFlight})`)
    .where('s.registry_id', '!=', sql<string>`all(${resting})`)
    .orderBy('s.progress_at')
    .orderBy('s.id')
    .limit(room + 1)
    .execute();
  const judgements = rows.slice(0, room).map((row) => ({
    subjectId: row.id,
    sequence: row.requested_seq,
    lane: laneOf(row),
  }));
  return { judgements, isMore: rows.length > room };
}
