import { latestPlausible } from './clock-ahead.ts';
import { isNoImage } from './judgement-due.ts';
import type { SubjectRow } from './subject-row.ts';

/**
 * Looks that announcements of one image get at once, and then one a minute: one that comes too early and one that
 * counts are answered within seconds, and whoever announces one image a thousand times gets no thousand looks.
 */
const AT_ONCE = 2;
const EVERY_MS = 60_000;

/** What could not be told is tried again within this anyhow, as long as its registry stumbles: see `retryLookAt`. */
const SOON_MS = 90_000;

/** A look that an announcement asks for. */
export interface EarlyLook {
  /** `null`: at once. */
  readonly lookAt: Date | null;
  /** Until when the image's looks are paid with it. */
  readonly recalledUntil: Date;
}

/**
 * Whether the announcement of an image on record asks for another look because its verdict is not a pass: it may have
 * been signed since, where the registry announces no signatures. `null` if not, or if a look that comes soon enough is
 * planned: the last of many announcements is put off, never dropped.
 */
export function planEarlyLook(row: SubjectRow, now: Date): EarlyLook | null {
  if (row.verdict_id === null) return planSecondLook(row, now);
  if (!mayHaveChanged(row, now) || row.requested_seq > row.started_seq) return null;
  const known = row.recalled_until ?? now;
  // Paid for until then by a clock that was ahead: that is not believed.
  const isHonest = known.getTime() <= latestPlausible(now).getTime();
  const paid = isHonest ? Math.max(known.getTime(), now.getTime()) : now.getTime();
  const slot = paid - (AT_ONCE - 1) * EVERY_MS;
  const recalledUntil = new Date(paid + EVERY_MS);
  if (slot <= now.getTime()) return { lookAt: null, recalledUntil };
  const isPlanned = row.next_check_at !== null && row.next_check_at.getTime() <= slot;
  return isPlanned ? null : { lookAt: new Date(slot), recalledUntil };
}

/**
 * What was just taken for no image, or is being looked at for the first time, is looked at once more a minute after it
 * is announced again: registries serve the same bytes as what they were pushed as last (P1).
 */
function planSecondLook(row: SubjectRow, now: Date): EarlyLook | null {
  const isFirstUnderWay = row.requested_seq > row.judged_seq;
  if (row.requested_seq > row.started_seq || !(isNoImage(row) || isFirstUnderWay)) return null;
  if (row.next_check_at !== null && row.next_check_at > now) return null;
  return { lookAt: new Date(now.getTime() + EVERY_MS), recalledUntil: row.recalled_until ?? now };
}

function mayHaveChanged({ state, verdict, final, next_check_at }: SubjectRow, now: Date): boolean {
  // Whoever crashes the process that looks at it gets no further look by announcing it again (E5).
  if (verdict === null || verdict.code === 'CRASHED_REPEATEDLY') return false;
  // A part of an index: it carries no mark, and the index is announced for itself.
  if (verdict.code === 'INHERITED') return false;
  if (state === 'final') return final === true && verdict.outcome !== 'pass';
  if (state !== 'waiting' || verdict.outcome !== 'indeterminate') return false;
  return next_check_at !== null && next_check_at.getTime() > now.getTime() + SOON_MS;
}
