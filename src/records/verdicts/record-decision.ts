import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Decided, Decision, JudgementStart } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import { insertEffects } from '../outbox/insert-effects.ts';
import { supersedeOlder } from '../outbox/supersede-effects.ts';
import { learnEvidence } from '../subjects/known-evidence.ts';
import { laneOf } from '../subjects/lane-of.ts';
import { requestJudgement } from '../subjects/request-judgement.ts';
import { requestNext } from '../subjects/request-next.ts';
import { type RowAtCommit, readAtCommit, toSubjectAtCommit } from '../subjects/subject-at-commit.ts';
import { lockSubjects } from '../subjects/subject-row.ts';
import { recordState, recordVerdict } from './record-verdict.ts';

/**
 * Writes a verdict, its findings and its effects, inside the caller's transaction, if no newer judgement of the
 * subject has begun since (its fence would be higher) and this one was not recorded before.
 */
export async function recordDecision(
  db: Queryable,
  start: JudgementStart,
  decision: Decision,
): Promise<Decided | null> {
  const { id: subjectId, registryId, repository } = start.subject;
  const children = decision.children.map(({ digest }) => subjectKey({ registryId, repository, digest }));
  const about = (decision.about ?? []).map((digest): Subject => ({ registryId, repository, digest }));
  await lockSubjects(db, [subjectId, ...children, ...about.map(subjectKey)]);
  const found = await readAtCommit(db, subjectId);
  if (found === undefined || found.fence !== start.fence || found.judged_seq >= start.sequence) return null;
  const row = await recordMissingMark(db, found, start, decision);
  const { verdictId, isNew } = await recordVerdict(db, row, decision);
  await recordState(db, start, decision);
  await recordEvidence(db, start, decision);
  await recordChildren(db, subjectId, decision.children);
  const effects = await recordEffects(db, row, decision, verdictId);
  const judgements: JudgementRef[] = [];
  if (row.requested_seq > start.sequence) {
    // A fresh number: the job of the old one may just be ending, and would swallow its own repeat.
    judgements.push(await requestNext(db, subjectId, decision.now));
  }
  if (isNew && decision.final) judgements.push(...(await requestChildren(db, children, decision.now)));
  for (const subject of isNew ? about : []) {
    const requested = await requestJudgement(db, subject, decision.now);
    if (requested !== null) judgements.push(requested);
  }
  return { effects, judgements };
}

async function recordEvidence(
  db: Queryable,
  { subject }: JudgementStart,
  { learnt = [], graceFrom, now }: Decision,
): Promise<void> {
  const about = learnt.map((one) => ({ ...one, subjectId: subjectKey({ ...subject, digest: one.digest }) }));
  await learnEvidence(db, about, { by: subject.id, now });
  if (graceFrom === undefined) return;
  await db.updateTable('subjects').set({ grace_from: graceFrom }).where('id', '=', subject.id).execute();
}

async function recordEffects(db: Queryable, row: MarkedRow, decision: Decision, verdictId: number) {
  const { now, final, verdict } = decision;
  const superseded =
    final && row.has_open_writes
      ? await supersedeOlder(db, { subjectId: row.id, outcome: verdict.outcome, verdictId, now })
      : [];
  const effects = decision.effects(toSubjectAtCommit(row, row.markMissing));
  return insertEffects(db, { subjectId: row.id, verdictId, effects, origin: { kind: 'verdict' }, superseded, now });
}

/**
 * Asks for the children of an index that do not pass by themselves, for what holds for them may have changed. Together
 * with the verdict: a crash in between would leave them as they are for good.
 */
async function requestChildren(db: Queryable, ids: readonly string[], now: Date): Promise<readonly JudgementRef[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .updateTable('subjects as s')
    .set((eb) => ({ requested_seq: eb('requested_seq', '+', 1), progress_at: now }))
    .where('s.id', 'in', ids)
    // What was taken for evidence is looked at again: an index calls it an image.
    .where('s.state', 'in', ['pending', 'waiting', 'final', 'evidence', 'artifact'])
    .whereRef('s.requested_seq', '<=', 's.started_seq')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('verdicts as v')
            .select('v.id')
            .whereRef('v.subject_id', '=', 's.id')
            .where('v.is_current', '=', true)
            .where('v.final', '=', true)
            .where('v.outcome', '=', 'pass')
            .where('v.code', '!=', 'INHERITED'),
        ),
      ),
    )
    .returning(['s.id', 's.requested_seq', 's.registry_id', 's.repository'])
    .execute();
  return rows.map((row) => ({ subjectId: row.id, sequence: row.requested_seq, lane: laneOf(row) }));
}

// A digest fixes the children of its index: a list once known never changes, and an empty one means "not looked".
async function recordChildren(db: Queryable, parentId: string, children: Decision['children']): Promise<void> {
  if (children.length === 0) return;
  const byDigest = new Map(children.map(({ digest, platform = null }) => [digest, platform]));
  await db
    .insertInto('index_children')
    .values([...byDigest].map(([digest, platform]) => ({ parent_id: parentId, digest, platform })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const DAY_MS = 24 * 3_600_000;

/** A subject whose mark is on record as the registry has it. */
interface MarkedRow extends RowAtCommit {
  readonly markMissing: boolean;
}

/**
 * Puts on record that an image does not carry our tag, if a look says so and the mark is still the one that look knew:
 * record, API and lists then say what holds, and the plan made next asks for the tag once more. While a write is under
 * way nobody can tell. Also forgets losses older than a day.
 */
async function recordMissingMark(
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
