import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Queryable } from '../database.ts';
import { isRejudgementDue } from './judgement-due.ts';
import { requestNext } from './request-next.ts';
import { lockSubjectRow } from './subject-row.ts';

/** Asks for another look at a subject, inside the caller's transaction; `null` if it is unknown, or asked for already. */
export async function requestJudgement(db: Queryable, subject: Subject, now: Date): Promise<JudgementRef | null> {
  const subjectId = subjectKey(subject);
  const row = await lockSubjectRow(db, subjectId);
  if (row === undefined || !isRejudgementDue(row)) return null;
  return requestNext(db, subjectId, now);
}
