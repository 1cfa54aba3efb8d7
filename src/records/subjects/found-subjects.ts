import { sql } from 'kysely';
import type { DueWork } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';
import { createLaneReader, inTurn } from '../lanes.ts';
import { type DueRow, FOUND } from './due-reasons.ts';
import { laneOf } from './lane-of.ts';

/** Creates `DueWork.findFound`. */
export function createFindFound(): (
  db: Queryable,
  ...asked: Parameters<DueWork['findFound']>
) => ReturnType<DueWork['findFound']> {
  const read = createLaneReader<DueRow>({
    table: 'subjects',
    party: 'registry_id',
    where: FOUND,
    due: sql`progress_at`,
    columns: ['id', 'requested_seq'],
  });
  return async (db, { inFlight, resting }, wanted) => {
    const { count } = await db
      .selectFrom('subjects as s')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('s.id', '=', sql<string>`any(${inFlight})`)
      .where('s.is_found', '=', sql.lit(true))
      .whereRef('s.requested_seq', '>', 's.judged_seq')
      .executeTakeFirstOrThrow();
    const room = Math.max(0, wanted - Number(count));
    // The first of each repository, then the second of each: whoever pushes a thousand tags keeps no other waiting (P6).
    // What is in flight may be all that waits in as many of the lanes.
    const most = room + 1 + inFlight.length;
    const { rows, isMore } = await read(db, { most, only: sql`id <> ALL (${inFlight})`, without: resting });
    const judgements = inTurn(rows, room).map((row) => ({
      subjectId: row.id,
      sequence: row.requested_seq,
      lane: laneOf({ registry_id: row.party, repository: row.repository ?? '' }),
    }));
    return { judgements, isMore: isMore || rows.length > room };
  };
}

/** How many judgements that sweeps asked for nobody has begun. */
export async function countFound(db: Queryable): Promise<number> {
  const { count } = await db
    .selectFrom('subjects')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(FOUND)
    .executeTakeFirstOrThrow();
  return Number(count);
}
