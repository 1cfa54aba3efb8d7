import { sql } from 'kysely';
import type { Database } from '../database.ts';

/**
 * Since when the oldest piece of work has been waiting: a judgement that was asked for and is not made, or an event
 * whose tag is not resolved. `null` if nothing waits. Images in their grace do not count: they wait on purpose.
 */
export function oldestOpenAt(database: Database): Promise<Date | null> {
  return database.read(async (db) => {
    const row = await db
      .selectNoFrom([
        sql<Date | null>`least(
          (SELECT min(progress_at) FROM subjects WHERE requested_seq > judged_seq),
          (SELECT min(received_at) FROM inbox_events WHERE state = 'unresolved'))`.as('since'),
      ])
      .executeTakeFirst();
    return row?.since ?? null;
  });
}
