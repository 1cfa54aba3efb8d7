import type { SubjectRow } from '../subjects/subject-row.ts';

/**
 * Who comes to a look so much later than planned does not know what time has really passed: the daemon was down, or
 * the clock was set. Far above what a busy queue delays a look by.
 */
const LATE_MS = 10 * 60_000;

/**
 * So often it is counted anew: whoever can make looks late, by pushing thousands of images, must not have a grace without
 * end for one of them.
 */
const RENEWALS_MOST = 3;

/**
 * From when the grace of a subject is counted, as a look begins: from its first event, or from now if the time since
 * cannot be believed to have passed under our eyes. Missing evidence fails an image only after it was waited for.
 */
export function graceStart(row: SubjectRow, now: Date): Date {
  const start = row.grace_from ?? row.first_seen_at;
  if (start > now) return now;
  if (row.settled_outcome !== null) return start;
  const planned = row.next_check_at ?? (row.verdict_id === null ? row.first_seen_at : now);
  const isLate = now.getTime() - planned.getTime() > LATE_MS;
  return isLate && row.grace_renewals < RENEWALS_MOST ? now : start;
}
