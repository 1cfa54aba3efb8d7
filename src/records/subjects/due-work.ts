import { sql } from 'kysely';
import type { Timings } from '../../domain/timings.ts';
import type { DueWork } from '../../ports/due-work.ts';
import type { Database, Queryable } from '../database.ts';
import { findUnresolvedEvents } from '../inbox/unresolved-events.ts';
import { findDueSubjects } from './due-subjects.ts';
import { findFound } from './found-subjects.ts';

/** Creates what the sweeper asks. */
export function createDueWork(database: Database, { lostAfterMs }: Pick<Timings, 'lostAfterMs'>): DueWork {
  return {
    findDue: (context, limit) => findDueSubjects(database, { ...context, lostAfterMs }, limit),
    findFound: (context, most) => database.run((db) => findFound(db, context, most)),
    findEnded: (ids) => database.run((db) => findEnded(db, ids)),
    findUnresolvedEvents: (context, limit) => database.run((db) => findUnresolvedEvents(db, context, limit)),
  };
}

async function findEnded(db: Queryable, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('subjects')
    .select('id')
    .where('id', '=', sql<string>`any(${ids})`)
    .whereRef('requested_seq', '=', 'judged_seq')
    .execute();
  return rows.map(({ id }) => id);
}
