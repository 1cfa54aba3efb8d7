import type pg from 'pg';

/**
 * No honest clock has written a later time by now: locks last a minute and waits five at most, and the clocks of our
 * hosts differ by seconds.
 */
const AHEAD_MS = 10 * 60_000;

/**
 * Undoes what a process whose clock was far ahead has left in BullMQ's tables of one queue: the time of the last search
 * for jobs of dead processes, before which BullMQ does not search again; locks; and waits. Each would last for as long
 * as the clock was ahead.
 */
export async function mendTimes(pool: pg.Pool, queue: string): Promise<void> {
  const now = Date.now();
  const [given, latest] = [[queue, now + AHEAD_MS], '$2::bigint'];
  await pool.query(
    `DELETE FROM meta WHERE queue = $1 AND field = 'stalled-check' AND value::bigint > ${latest}`,
    given,
  );
  await pool.query(
    `UPDATE job SET locked_until_ms = $3 WHERE queue = $1 AND state = 'active' AND locked_until_ms > ${latest}`,
    [...given, now],
  );
  await pool.query(
    `UPDATE job SET process_at_ms = $3 WHERE queue = $1 AND state = 'delayed' AND process_at_ms > ${latest}`,
    [...given, now],
  );
}
