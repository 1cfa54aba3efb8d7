import { sql } from 'kysely';
import type { Timings } from '../../domain/timings.ts';
import type { Database } from '../database.ts';

/**
 * Since when the oldest piece of work has been waiting: a judgement that was asked for and is not made, an event whose
 * tag is not resolved, or a registry write or notice whose time has come. `null` if nothing waits. Images in their
 * grace do not count: they wait on purpose, and so does what a sweep found.
 *
 * The sweeper asks anew for a judgement that nobody has begun; each time it does, that one has waited for as long as it
 * takes to be counted as lost. Without that, a queue that hands nothing out would always look as if it were one minute
 * behind.
 */
export function oldestOpenAt(database: Database, { lostAfterMs }: Pick<Timings, 'lostAfterMs'>): Promise<Date | null> {
  return database.run(async (db) => {
    const row = await db
      .selectNoFrom([
        sql<Date | null>`least(
          (SELECT min(progress_at - greatest(requested_seq - started_seq - 1, 0) * ${lostAfterMs} * interval '1 ms')
            FROM subjects WHERE requested_seq > judged_seq AND NOT is_found),
          (SELECT min(received_at) FROM inbox_events WHERE state = 'unresolved'),
          (SELECT min(due_at) FROM effects WHERE state = 'pending' AND due_at IS NOT NULL))`.as('since'),
      ])
      .executeTakeFirst();
    return row?.since ?? null;
  });
}
