import type { SubjectRow } from '../subjects/subject-row.ts';

/**
 * If a look begins so much later than planned, the daemon was down or the clock was changed, so nobody knows how long
 * evidence was really waited for. A busy queue delays looks by far less.
 */
export const LATE_MS = 10 * 60_000;

/**
 * So often the grace may start again: whoever makes looks late by pushing thousands of images must not get an endless
 * grace for one of them.
 */
const RENEWALS_MOST = 3;

/**
 * From when the grace of a subject is counted when a look begins: from its first event, or from now if Lazaret may not
 * have run in the time since. An image fails for missing evidence only after Lazaret really waited for it.
 */
export function graceStart(row: SubjectRow, now: Date): Date {
  const start = row.grace_from ?? row.first_seen_at;
  if (start > now) return now;
  if (row.settled_outcome !== null) return start;
  const planned = row.next_check_at ?? (row.verdict_id === null ? row.first_seen_at : now);
  const isLate = now.getTime() - planned.getTime() > LATE_MS;
  return isLate && row.grace_renewals < RENEWALS_MOST ? now : start;
}
