import { sql } from 'kysely';
import type { FoundContext, FoundWork } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';
import { laneOf } from './lane-of.ts';

/** See `DueWork.findFound`. */
export async function findFound(db: Queryable, { inFlight, resting }: FoundContext, most: number): Promise<FoundWork> {
  const { count } = await db
    .selectFrom('subjects as s')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('s.id', '=', sql<string>`any(${inFlight})`)
    .where('s.is_found', '=', sql.lit(true))
    .whereRef('s.requested_seq', '>', 's.judged_seq')
    .executeTakeFirstOrThrow();
  const room = Math.max(0, most - Number(count));
  // The first of each repository, then the second of each: whoever pushes a thousand tags keeps no other waiting (P6).
  const turns = db
    .selectFrom('subjects as s')
    .select(['s.id', 's.requested_seq', 's.registry_id', 's.repository', 's.progress_at'])
    .select(
      sql<number>`row_number() OVER (PARTITION BY s.registry_id, s.repository ORDER BY s.progress_at, s.id)`.as('turn'),
    )
    .where('s.is_found', '=', sql.lit(true))
    .whereRef('s.requested_seq', '>', 's.judged_seq')
    .whereRef('s.started_seq', '=', 's.judged_seq')
    .where('s.id', '!=', sql<string>`all(${inFlight})`)
    .where('s.registry_id', '!=', sql<string>`all(${resting})`);
  const rows = await db
    .selectFrom(turns.as('t'))
    .select(['t.id', 't.requested_seq', 't.registry_id', 't.repository'])
    .orderBy('t.turn')
    .orderBy('t.progress_at')
    .orderBy('t.id')
    .limit(room + 1)
    .execute();
  const judgements = rows.slice(0, room).map((row) => ({
    subjectId: row.id,
    sequence: row.requested_seq,
    lane: laneOf(row),
  }));
  return { judgements, isMore: rows.length > room };
}

/** How many judgements that sweeps asked for nobody has made. */
export async function countFound(db: Queryable): Promise<number> {
  const { count } = await db
    .selectFrom('subjects')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('is_found', '=', sql.lit(true))
    .whereRef('requested_seq', '>', 'judged_seq')
    .executeTakeFirstOrThrow();
  return Number(count);
}
