import type { Digest } from '../domain/digest.ts';
import { storableJson } from '../domain/storable-json.ts';
import type { EffectRef, JudgementStart, SubjectStore } from '../ports/records.ts';
import type { Queryable } from './database.ts';
import { insertEffects } from './insert-effects.ts';
import { lockSubjectRow, type SubjectRow } from './subject-row.ts';
import { supersedeContradicted } from './supersede-effects.ts';

type Decision = Parameters<SubjectStore['decide']>[1];
type Decided = Awaited<ReturnType<SubjectStore['decide']>>;

/**
 * Writes a verdict, its findings and its effects, inside the caller's transaction, if no newer judgement of the
 * subject has begun since (its fence would be higher) and this one was not recorded before.
 */
export async function recordDecision(db: Queryable, start: JudgementStart, decision: Decision): Promise<Decided> {
  const subjectId = start.subject.id;
  const row = await lockSubjectRow(db, subjectId);
  if (row === undefined || row.fence !== start.fence || row.judged_seq >= start.sequence) return null;
  const { verdictId, isNew } = await recordVerdict(db, row, decision);
  await recordState(db, start, decision);
  await recordChildren(db, subjectId, decision.children);
  const released: readonly EffectRef[] = isNew
    ? await supersedeContradicted(db, { subjectId, outcome: decision.verdict.outcome, verdictId, now: decision.now })
    : [];
  const planned = await insertEffects(db, {
    subjectId,
    verdictId,
    effects: decision.effects,
    origin: { kind: 'verdict' },
    now: decision.now,
  });
  const again = row.requested_seq > start.sequence;
  return { effects: [...released, ...planned], ...(again && { again: { sequence: row.requested_seq } }) };
}

/**
 * A judgement that comes to what is known already renews the row instead of adding one: repeats must neither pile up
 * nor count as news.
 */
async function recordVerdict(
  db: Queryable,
  row: SubjectRow,
  decision: Decision,
): Promise<{ verdictId: number; isNew: boolean }> {
  const content = {
    verdict: storableJson(decision.verdict),
    findings: decision.findings,
    judged_at: decision.now,
  };
  if (row.verdict_id !== null && isSameVerdict(row, decision)) {
    await db.updateTable('verdicts').set(content).where('id', '=', row.verdict_id).execute();
    return { verdictId: row.verdict_id, isNew: false };
  }
  if (row.verdict_id !== null) {
    await db.updateTable('verdicts').set({ is_current: false }).where('id', '=', row.verdict_id).execute();
  }
  const { id } = await db
    .insertInto('verdicts')
    .values({
      ...content,
      subject_id: row.id,
      outcome: decision.verdict.outcome,
      code: decision.verdict.code,
      final: decision.final,
      policy_revision: decision.policyRevision,
      trust_epoch: decision.trustEpoch,
      first_judged_at: decision.now,
      is_current: true,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { verdictId: id, isNew: true };
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

async function recordState(db: Queryable, start: JudgementStart, decision: Decision): Promise<void> {
  const { outcome } = decision.verdict;
  const couldNotTell = outcome === 'indeterminate';
  await db
    .updateTable('subjects')
    .set((eb) => ({
      state: decision.final ? 'final' : 'waiting',
      judged_seq: start.sequence,
      starts: 0,
      progress_at: decision.now,
      next_check_at: decision.nextCheckAt,
      failed_looks: couldNotTell ? eb('failed_looks', '+', 1) : 0,
      ...(decision.final && !couldNotTell && { settled_outcome: outcome }),
    }))
    .where('id', '=', start.subject.id)
    .execute();
}

// A digest fixes the children of its index: a list once known never changes, and an empty one means "not looked".
async function recordChildren(db: Queryable, parentId: string, children: readonly Digest[]): Promise<void> {
  if (children.length === 0) return;
  await db
    .insertInto('index_children')
    .values([...new Set(children)].map((digest) => ({ parent_id: parentId, digest })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
