// The room `records/verdicts`: what each look came to, with the effects it asks for in the same transaction.

import { sql } from 'kysely';
import type { Outcome, Verdict } from '../../domain/verdict.ts';
import { type StorableJson, storableJson } from '../../kit/storable-json.ts';
import type { Decision, JudgementStart } from '../../ports/judgements.ts';
import type { BaselineState } from '../../ports/subject-record.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import type { SubjectRow } from '../subjects/subject-row.ts';

/**
 * Writes the verdict of a judgement. One that is the same as the newest on record renews its row instead of adding one:
 * repeats must neither pile up nor count as news.
 * @throws {Error} if the database gives the new row no id: a defect of ours
 */
export async function recordVerdict(
  db: Queryable,
  row: SubjectRow,
  decision: Decision,
): Promise<{ verdictId: number; isNew: boolean }> {
  const verdict = storableJson(decision.verdict);
  const { findings, now } = decision;
  if (row.verdict_id !== null && isSameVerdict(row, decision)) {
    const renewed = { verdict, findings, judged_at: now, is_moot: false };
    await db.updateTable('verdicts').set(renewed).where('id', '=', row.verdict_id).execute();
    return { verdictId: row.verdict_id, isNew: false };
  }
  if (row.verdict_id !== null) {
    await db.updateTable('verdicts').set({ is_current: false }).where('id', '=', row.verdict_id).execute();
  }
  const { outcome, code } = decision.verdict;
  const [inserted] = await insertVerdict(db, { ...decision, subjectId: row.id, outcome, code, verdict });
  if (inserted === undefined) throw new Error('a verdict was inserted without an id');
  return { verdictId: inserted.id, isNew: true };
}

function isSameVerdict(row: SubjectRow, decision: Decision): boolean {
  return (
    row.verdict?.outcome === decision.verdict.outcome &&
    row.verdict.code === decision.verdict.code &&
    row.final === decision.final &&
    row.policy_revision === decision.policyRevision &&
    row.trust_epoch === decision.trustEpoch
  );
}

/** A verdict that is not on record yet. */
export interface NewVerdict extends Pick<Decision, 'findings' | 'policyRevision' | 'trustEpoch' | 'now' | 'final'> {
  readonly subjectId: string;
  readonly outcome: Outcome;
  readonly code: string;
  readonly verdict: StorableJson<Verdict>;
}

const insertVerdict = prepare('insert_verdict', (db, given: Given<NewVerdict>) =>
  db
    .insertInto('verdicts')
    .values({
      subject_id: given('subjectId'),
      outcome: given('outcome'),
      code: given('code'),
      final: given('final'),
      policy_revision: given('policyRevision'),
      trust_epoch: given('trustEpoch'),
      first_judged_at: given('now'),
      judged_at: given('now'),
      verdict: given('verdict'),
      findings: given('findings'),
      is_current: true,
    })
    .returning('id'),
);

/** Writes how a judgement leaves its subject. */
export async function recordState(db: Queryable, start: JudgementStart, decision: Decision): Promise<void> {
  await updateState(db, stateAfter(start, decision));
}

/** How it leaves it. */
export function stateAfter(start: JudgementStart, decision: Decision): StateAfter {
  const { outcome, code } = decision.verdict;
  const couldNotTell = outcome === 'indeterminate';
  // Of a part of an index that failed people were not told: they heard of the index.
  const isTold = !couldNotTell && (outcome === 'pass' || code !== 'INHERITED');
  return {
    id: start.subject.id,
    sequence: start.sequence,
    state: decision.final ? 'final' : 'waiting',
    settled: decision.final && isTold ? outcome : null,
    couldNotTell,
    isBuildAttestation: decision.isBuildAttestation ?? null,
    artifactType: decision.artifactType ?? null,
    isIndex: decision.isIndex ?? null,
    hasPassed: outcome === 'pass',
    hasGaps: decision.hasGaps === true && !couldNotTell,
    untoldBy: couldNotTell ? (decision.untoldBy ?? code) : null,
    nextCheckAt: decision.nextCheckAt,
    isFailing: decision.final ? outcome !== 'pass' : null,
    hidden: decision.hidden === undefined ? null : storableJson(decision.hidden),
    now: decision.now,
  };
}

/** A subject after a judgement. */
export interface StateAfter {
  readonly id: string;
  readonly sequence: number;
  readonly state: 'final' | 'waiting';
  /** The outcome people were told, if it is news to them. */
  readonly settled: Outcome | null;
  readonly couldNotTell: boolean;
  /** `null`: its manifest was not read this time. */
  readonly isBuildAttestation: boolean | null;
  readonly artifactType: string | null;
  readonly isIndex: boolean | null;
  readonly hasPassed: boolean;
  readonly hasGaps: boolean;
  readonly untoldBy: string | null;
  readonly nextCheckAt: Date | null;
  /** `null`: nothing was decided. */
  readonly isFailing: boolean | null;
  /** `null`: what is on record stays. */
  readonly hidden: string | null;
  readonly now: Date;
}

const updateState = prepare('update_state', (db, given: Given<StateAfter>) =>
  db.updateTable('subjects').set(columnsAfter(given)).where('id', '=', given('id')),
);

/** What it writes, from values or from the columns of another table. */
export function columnsAfter(given: Given<StateAfter>) {
  return {
    state: given('state'),
    is_found: false,
    judged_seq: given('sequence'),
    starts: 0,
    progress_at: given('now'),
    judged_at: given('now'),
    // An announcement that came meanwhile may have asked for an earlier look at what fails.
    next_check_at: sql<Date | null>`CASE WHEN ${given('isFailing')}::boolean AND next_check_at > ${given('now')}::timestamptz
        AND ${given('nextCheckAt')}::timestamptz IS NOT NULL
      THEN least(next_check_at, ${given('nextCheckAt')}::timestamptz) ELSE ${given('nextCheckAt')}::timestamptz END`,
    failing_since: sql<Date | null>`CASE ${given('isFailing')}::boolean
      WHEN true THEN coalesce(failing_since, ${given('now')}::timestamptz) WHEN false THEN NULL ELSE failing_since END`,
    failed_looks: sql<number>`CASE WHEN ${given('couldNotTell')}::boolean THEN failed_looks + 1 ELSE 0 END`,
    // Of what lay there before anybody looked people hear when it is acted on.
    settled_outcome: sql<Outcome>`CASE WHEN baseline = 'recorded' AND NOT ${given('hasPassed')}::boolean
      THEN settled_outcome ELSE coalesce(${given('settled')}, settled_outcome) END`,
    // What has passed and fails later is acted on as anything else.
    baseline: sql<BaselineState | null>`CASE WHEN baseline = 'recorded' AND ${given('hasPassed')}::boolean
      THEN 'over' ELSE baseline END`,
    artifact_type: given('artifactType'),
    hidden_evidence: sql<string>`coalesce(${given('hidden')}::jsonb, hidden_evidence)`,
    is_build_attestation: sql<boolean>`coalesce(${given('isBuildAttestation')}, is_build_attestation)`,
    is_index: sql<boolean | null>`coalesce(${given('isIndex')}::boolean, is_index)`,
    gap_looks: sql<number>`CASE WHEN ${given('hasPassed')}::boolean THEN 0
      WHEN ${given('hasGaps')}::boolean THEN gap_looks + 1 ELSE gap_looks END`,
    gap_since: sql<Date | null>`CASE WHEN ${given('hasPassed')}::boolean THEN NULL
      WHEN ${given('hasGaps')}::boolean THEN coalesce(gap_since, ${given('now')}::timestamptz) ELSE gap_since END`,
    untold_since: sql<Date | null>`CASE WHEN ${given('couldNotTell')}::boolean
      THEN coalesce(untold_since, ${given('now')}::timestamptz) ELSE NULL END`,
    untold_by: given('untoldBy'),
  };
}
