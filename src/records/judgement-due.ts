import type { SubjectRow } from './subject-row.ts';

/**
 * A judgement takes at most a minute (the verdict's own time limit): a request that has seen no progress for longer has
 * lost its job, and a start without an end that is older has crashed.
 */
export const LOST_AFTER_MS = 60_000;

/** What is in force now: a verdict counts only under both. */
export interface InForce {
  readonly policyRevision: string;
  readonly trustEpoch: number;
}

/**
 * Whether a push event of a subject already on record asks for a judgement. A repeat of something final or of
 * something already asked for costs nothing (a replayed event must not make work); an artifact that is evidence stays
 * one; what was parked after repeated crashes is not started again by whoever can push; what was gone may be back.
 */
export function isJudgementDue(row: SubjectRow, inForce: InForce): boolean {
  if (row.state === 'evidence' || row.state === 'parked') return false;
  if (row.requested_seq > row.judged_seq) return false;
  if (row.state === 'gone') return true;
  return !isFinalUnder(row, inForce);
}

function isFinalUnder(row: SubjectRow, inForce: InForce): boolean {
  return (
    row.state === 'final' &&
    row.final === true &&
    row.policy_revision === inForce.policyRevision &&
    row.trust_epoch === inForce.trustEpoch
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
