import { type RawBuilder, sql } from 'kysely';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Queryable } from '../database.ts';
import type { JudgementClock } from './judgement-due.ts';
import { requestNext } from './request-next.ts';
import { lockSubjectRow, toSubjectRecord } from './subject-row.ts';

/**
 * Asks for a look because a person does. Whoever asks has no queue at hand: it is put on record as one whose job was
 * lost, so that the next round of a sweeper takes it. @throws {InvalidInputError} `SUBJECT_UNKNOWN`
 */
export async function recheck(
  db: Queryable,
  subject: Subject,
  { now, lostAfterMs, dryRun = false }: JudgementClock & { readonly dryRun?: boolean },
): Promise<SubjectRecord> {
  const row = await lockSubjectRow(db, subjectKey(subject));
  if (row === undefined || row.state === 'evidence') {
    const name = `${subject.repository}@${subject.digest}`;
    throw new InvalidInputError('SUBJECT_UNKNOWN', `expected an image that was announced here, got ${name}`, [
      { where: name, message: 'it is not on record as an image', hint: '`lazaret verify` judges any image.' },
    ]);
  }
  if (dryRun) return toSubjectRecord(row);
  // Asked for already and not begun: then that look is made at once.
  const lost = new Date(now.getTime() - lostAfterMs);
  if (row.requested_seq <= row.started_seq) await requestNext(db, row.id, lost);
  else await db.updateTable('subjects').set({ progress_at: lost, is_found: false }).where('id', '=', row.id).execute();
  return toSubjectRecord(row);
}

/** Images in their grace are looked at on its schedule. */
const IS_FAILING: RawBuilder<boolean> = sql`next_check_at IS NOT NULL AND (state = 'final' OR (state = 'waiting' AND EXISTS (
  SELECT 1 FROM verdicts v WHERE v.subject_id = subjects.id AND v.is_current AND v.outcome = 'indeterminate')))`;

/** Counts what `recheckFailing` would ask for. */
export async function countFailing(db: Queryable): Promise<number> {
  const row = await db
    .selectFrom('subjects')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where(IS_FAILING)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Makes the next look at everything that does not pass due; what crashes who looks at it (E5) must be named. */
export async function recheckFailing(db: Queryable, now: Date): Promise<number> {
  const row = await db
    .with('asked', (asked) =>
      asked
        .updateTable('subjects')
        .set((eb) => ({ next_check_at: eb.fn('least', ['next_check_at', eb.val(now)]) }))
        .where(IS_FAILING)
        .returning('id'),
    )
    .selectFrom('asked')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
