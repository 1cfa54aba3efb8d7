import { type RawBuilder, sql } from 'kysely';
import type { Timings } from '../../domain/timings.ts';
import type { Database } from '../database.ts';
import { ANNOUNCED } from '../subjects/due-reasons.ts';

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
  const since = sql`progress_at - greatest(requested_seq - started_seq - 1, 0) * ${lostAfterMs} * interval '1 ms'`;
  const asked = (times: RawBuilder<number>) =>
    sql`SELECT ${TIMES} AS times, progress_at FROM subjects WHERE ${ANNOUNCED} AND ${TIMES} > ${times} ORDER BY 1, 2 LIMIT 1`;
  return database.run(async (db) => {
    // What is at work is little. Of what is not, the one that waits longest of those that were asked for equally often,
    // which is once a minute: as many looks into an index as the queue has handed nothing out for minutes.
    const { rows } = await sql<{ since: Date | null }>`
      WITH RECURSIVE asked AS (
        (${asked(sql`0`)})
        UNION ALL
        SELECT next.times, next.progress_at FROM asked a CROSS JOIN LATERAL (${asked(sql`a.times`)}) next
      )
      SELECT least(
        (SELECT min(${since}) FROM subjects WHERE started_seq > judged_seq AND NOT is_found),
        (SELECT min(progress_at - (times - 1) * ${lostAfterMs} * interval '1 ms') FROM asked),
        (SELECT min(received_at) FROM inbox_events WHERE state = 'unresolved'),
        (SELECT min(due_at) FROM effects WHERE kind <> 'notice' AND limited_by IS NULL AND state = 'pending' AND due_at IS NOT NULL),
        (SELECT min(due_at) FROM effects WHERE limited_by IS NOT NULL AND state = 'pending' AND due_at IS NOT NULL),
        (SELECT min(due_at) FROM effects WHERE kind = 'notice' AND state = 'pending' AND due_at IS NOT NULL)) AS since`.execute(
      db,
    );
    return rows[0]?.since ?? null;
  });
}

const TIMES: RawBuilder<number> = sql`(requested_seq - started_seq)`;
