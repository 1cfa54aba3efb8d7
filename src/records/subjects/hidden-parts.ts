import { sql } from 'kysely';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Queryable } from '../database.ts';
import { laneOf } from './lane-of.ts';

/** The parts of an index, by their ids, that carry no mark because it does, or that are being looked at. */
export async function findHiddenParts(db: Queryable, indexId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('index_children as c')
    .innerJoin('subjects as p', 'p.id', 'c.parent_id')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('subjects')
          .select('subjects.id')
          .whereRef('subjects.digest', '=', 'c.digest')
          .whereRef('subjects.registry_id', '=', 'p.registry_id')
          .whereRef('subjects.repository', '=', 'p.repository')
          // Looked for by itself, and so by all of its key and not among all images of the repository.
          .offset(sql.lit(0))
          .as('s'),
      (join) => join.onTrue(),
    )
    .leftJoin('verdicts as v', (join) => join.onRef('v.subject_id', '=', 's.id').on('v.is_current', '=', true))
    .select('s.id')
    .where('c.parent_id', '=', indexId)
    .where((eb) =>
      eb.or([eb('v.final', 'is not', true), eb.and([eb('v.code', '=', 'INHERITED'), eb('v.outcome', '!=', 'pass')])]),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** Asks for another look at each of these, which the caller has locked, that none waits for already. */
export async function requestEach(db: Queryable, ids: readonly string[], now: Date): Promise<readonly JudgementRef[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .updateTable('subjects')
    .set((eb) => ({ requested_seq: eb('requested_seq', '+', 1), progress_at: now }))
    .where('id', '=', sql<string>`any(${ids})`)
    .where('state', 'in', ['pending', 'waiting', 'final'])
    .whereRef('requested_seq', '<=', 'started_seq')
    .returning(['id', 'requested_seq', 'registry_id', 'repository'])
    .execute();
  return rows.map((row) => ({ subjectId: row.id, sequence: row.requested_seq, lane: laneOf(row) }));
}
