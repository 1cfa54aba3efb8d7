import type { Decision, JudgementStart } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import type { RowAtCommit } from '../subjects/subject-at-commit.ts';

const DAY_MS = 24 * 3_600_000;

/** A subject whose mark is on record as the registry has it. */
export interface MarkedRow extends RowAtCommit {
  readonly markMissing: boolean;
}

/**
 * Puts on record that an image does not carry our tag, if a look says so and the mark is still the one that look knew:
 * record, API and lists then say what holds, and the plan made next asks for the tag once more. While a write is under
 * way nobody can tell. Also forgets losses older than a day.
 */
export async function recordMissingMark(
  db: Queryable,
  row: RowAtCommit,
  start: JudgementStart,
  { markMissing, now }: Pick<Decision, 'markMissing' | 'now'>,
): Promise<MarkedRow> {
  const recent = row.marks_lost.filter((lost) => lost.getTime() > now.getTime() - DAY_MS);
  const isSame = row.mark === 'quarantined' && row.marked_at?.getTime() === start.markedAt?.getTime();
  if (markMissing !== true || !isSame || row.has_writes) return { ...row, marks_lost: recent, markMissing: false };
  const marks_lost = [...recent, now];
  const unmarked = { mark: 'none', mark_tag: null, marked_at: now, marks_lost } as const;
  await db.updateTable('subjects').set(unmarked).where('id', '=', row.id).execute();
  return { ...row, ...unmarked, markMissing: true };
}
