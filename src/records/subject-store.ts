import { type Subject, subjectKey } from '../domain/subject.ts';
import type { JudgementStart, SubjectRecord, SubjectStore } from '../ports/records.ts';
import type { Database, Queryable } from './database.ts';
import { findDueSubjects } from './due-subjects.ts';
import { isRejudgementDue, LOST_AFTER_MS } from './judgement-due.ts';
import { requestNext } from './receive-subject.ts';
import { recordDecision } from './record-decision.ts';
import { lockSubjectRow, type SubjectRow, selectSubjects, toSubjectRecord } from './subject-row.ts';

/** Creates the store of subjects and their verdicts. */
export function createSubjectStore(database: Database): SubjectStore {
  return {
    begin: (subjectId, { now }) => database.transact((trx) => begin(trx, subjectId, now)),
    decide: (start, decision) => database.transact((trx) => recordDecision(trx, start, decision)),
    conclude: (start, state, now) => database.transact((trx) => conclude(trx, start, state, now)),
    requestJudgement: (subject, now) => database.transact((trx) => requestJudgement(trx, subject, now)),
    findParents: (subject) => database.read((db) => findParents(db, subject)),
    findChildren: (subjectId) => database.read((db) => findChildren(db, subjectId)),
    findDue: (context, limit) => database.transact((trx) => findDueSubjects(trx, context, limit)),
    findUnresolvedEvents: (before, limit) => database.read((db) => findUnresolvedEvents(db, before, limit)),
  };
}

async function begin(db: Queryable, subjectId: string, now: Date): Promise<JudgementStart | null> {
  const row = await lockSubjectRow(db, subjectId);
  if (row === undefined) return null;
  const sequence = sequenceToJudge(row, now);
  if (sequence === null) return null;
  const started = { fence: row.fence + 1, starts: countStart(row, now) };
  await db
    .updateTable('subjects')
    .set({ ...started, requested_seq: sequence, started_seq: sequence, started_at: now, progress_at: now })
    .where('id', '=', subjectId)
    .execute();
  return { subject: toSubjectRecord(row), ...started, sequence };
}

/**
 * Counts a start whose predecessor has crashed. One that may still run has not: evidence that arrives piece by piece
 * starts a judgement a piece, and must not make an image look as if it crashed us.
 */
function countStart(row: SubjectRow, now: Date): number {
  const mayStillRun = row.started_at !== null && row.started_at.getTime() > now.getTime() - LOST_AFTER_MS;
  return row.starts > 0 && mayStillRun ? row.starts : row.starts + 1;
}

/** The newest request; or a new one, for a delayed job that comes at the time the last judgement set. */
function sequenceToJudge(row: SubjectRow, now: Date): number | null {
  if (row.requested_seq > row.judged_seq) return row.requested_seq;
  const isTime = row.next_check_at !== null && row.next_check_at <= now;
  return isTime ? row.requested_seq + 1 : null;
}

async function conclude(
  db: Queryable,
  start: JudgementStart,
  state: 'evidence' | 'gone' | 'parked',
  now: Date,
): Promise<void> {
  await db
    .updateTable('subjects')
    .set({ state, judged_seq: start.sequence, starts: 0, progress_at: now, next_check_at: null, failed_looks: 0 })
    .where('id', '=', start.subject.id)
    // A newer judgement has taken over: it will say what this is.
    .where('fence', '=', start.fence)
    .where('judged_seq', '<', start.sequence)
    .execute();
}

async function requestJudgement(db: Queryable, subject: Subject, now: Date) {
  const subjectId = subjectKey(subject);
  const row = await lockSubjectRow(db, subjectId);
  if (row === undefined || !isRejudgementDue(row)) return null;
  return { subjectId, sequence: await requestNext(db, subjectId, now) };
}

// An index has at most a few dozen platforms, and an image lies in few indexes: more is somebody playing.
const MAX_RELATIVES = 200;

async function findParents(db: Queryable, subject: Subject): Promise<readonly SubjectRecord[]> {
  const rows = await selectSubjects(db)
    .innerJoin('index_children as c', 'c.parent_id', 's.id')
    .where('c.digest', '=', subject.digest)
    .where('s.registry_id', '=', subject.registryId)
    .where('s.repository', '=', subject.repository)
    .orderBy('s.first_seen_at', 'desc')
    .limit(MAX_RELATIVES)
    .execute();
  return rows.map(toSubjectRecord);
}

async function findChildren(db: Queryable, subjectId: string): Promise<readonly SubjectRecord[]> {
  const rows = await selectSubjects(db)
    .innerJoin('subjects as parent', (join) =>
      join.onRef('parent.registry_id', '=', 's.registry_id').onRef('parent.repository', '=', 's.repository'),
    )
    .innerJoin('index_children as c', (join) =>
      join.onRef('c.parent_id', '=', 'parent.id').onRef('c.digest', '=', 's.digest'),
    )
    .where('parent.id', '=', subjectId)
    .where('s.state', 'in', ['pending', 'waiting', 'final'])
    .where((eb) => eb.or([eb('v.outcome', 'is', null), eb('v.outcome', '!=', 'pass'), eb('v.final', '=', false)]))
    .limit(MAX_RELATIVES)
    .execute();
  return rows.map(toSubjectRecord);
}

async function findUnresolvedEvents(db: Queryable, before: Date, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('inbox_events')
    .select('id')
    .where('state', '=', 'unresolved')
    .where('received_at', '<', before)
    .orderBy('received_at')
    .limit(limit)
    .execute();
  return rows.map((row) => String(row.id));
}
