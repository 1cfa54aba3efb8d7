import type { Timings } from '../../domain/timings.ts';
import { latestPlausible } from './clock-ahead.ts';
import type { SubjectRow } from './subject-row.ts';

/**
 * A repeat of an announcement within this time is one of a storm, or the registry's own second try: it makes no work
 * for what is no image and was just looked at. A new tag does, at once.
 */
const REPEAT_MS = 60_000;

/** What is in force now: a verdict counts only under both. */
export interface InForce {
  readonly policyRevision: string;
  readonly trustEpoch: number;
}

/**
 * Whether a push event of a subject already on record asks for a judgement. A repeat of something that passes, of
 * something already asked for, or of something whose next look is planned costs nothing (a storm of events must not make
 * work; evidence asks for itself, and what fails is `planEarlyLook`'s). What is no image is looked at again when it is
 * announced anew, for it may have become one to somebody; what was gone, or set aside because its registry was not
 * configured, may be back.
 */
export function isJudgementDue(row: SubjectRow, inForce: InForce & { readonly now: Date }): boolean {
  if (row.requested_seq > row.judged_seq) return false;
  if (isNoImage(row)) return inForce.now.getTime() - row.progress_at.getTime() >= REPEAT_MS;
  if (row.state === 'gone' || row.state === 'parked') return true;
  if (row.state === 'waiting' && row.next_check_at !== null) return false;
  return !isFinalUnder(row, inForce);
}

/** Whether it was looked at and taken for no image. */
export function isNoImage({ state }: Pick<SubjectRow, 'state'>): boolean {
  return state === 'evidence' || state === 'artifact';
}

/** A later epoch than ours is another daemon's: it knows newer trust, or numbers from another start. */
function isFinalUnder(row: SubjectRow, inForce: InForce): boolean {
  return (
    row.state === 'final' &&
    row.final === true &&
    row.policy_revision === inForce.policyRevision &&
    row.trust_epoch !== null &&
    row.trust_epoch >= inForce.trustEpoch
  );
}

/**
 * Whether newly arrived evidence asks for a judgement, of a final subject too (a late signature). Not if a request is
 * waiting that has not begun: it will see the evidence. One that runs may have looked already, so it does not count.
 */
export function isRejudgementDue(row: SubjectRow): boolean {
  const judged = row.state === 'pending' || row.state === 'waiting' || row.state === 'final';
  return judged && row.requested_seq <= row.started_seq;
}

/** The time, and how long before it a judgement that began and has not ended has crashed. */
export type JudgementClock = Pick<Timings, 'lostAfterMs'> & { readonly now: Date };

/** Whether a judgement has begun and may still come to its end. */
export function isUnderWay(row: SubjectRow, { now, lostAfterMs }: JudgementClock): boolean {
  if (row.started_seq <= row.judged_seq || row.started_at === null) return false;
  return row.started_at.getTime() > now.getTime() - lostAfterMs && row.started_at <= latestPlausible(now);
}
