import { sql } from 'kysely';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { Outcome } from '../../domain/verdict.ts';
import type { FindingsQuery, RecordQuery, SubjectHistory } from '../../ports/record-query.ts';
import type { SubjectState } from '../../ports/subject-record.ts';
import type { UntoldQuery } from '../../ports/untold-query.ts';
import type { Database, Queryable } from '../database.ts';
import { formatPageCursor, parsePageCursor } from './page-cursor.ts';
import { readFamilies } from './read-families.ts';
import { countUntold, readUntold } from './read-untold.ts';
import { findSubjectRow, selectSubjects, toSubjectRecord, toVerdictRecord } from './subject-row.ts';

type Filter = Parameters<RecordQuery['listSubjects']>[0];

// A history page is read whole into memory; findings of one verdict may take 100 kB.
const MAX_VERDICTS = 100;
const MAX_EVENTS = 500;
const MAX_EFFECTS = 500;
const MAX_PAGE = 500;

/** Creates the reading side for people: the API and the command line. */
export function createRecordQuery(database: Database): RecordQuery & FindingsQuery & UntoldQuery {
  return {
    listSubjects: (filter) => database.run((db) => listSubjects(db, filter)),
    readFindings: (ids) => database.run((db) => readFindings(db, ids)),
    readFamilies: (ids) => database.run((db) => readFamilies(db, ids)),
    readHistory: (subject) => database.run((db) => readHistory(db, subject)),
    countUntold: () => database.run(countUntold),
    readUntold: (most) => database.run((db) => readUntold(db, most)),
  };
}

async function listSubjects(db: Queryable, filter: Filter): ReturnType<RecordQuery['listSubjects']> {
  const limit = Math.min(Math.max(Math.trunc(filter.limit), 1), MAX_PAGE);
  let query = selectSubjects(db);
  if (filter.outcome !== undefined) query = query.where('v.outcome', '=', filter.outcome as Outcome);
  if (filter.state !== undefined) query = query.where('s.state', '=', filter.state as SubjectState);
  if (filter.mark !== undefined) query = query.where('s.mark', '=', filter.mark);
  if (filter.registryId !== undefined) query = query.where('s.registry_id', '=', filter.registryId);
  if (filter.repository !== undefined) query = query.where('s.repository', '=', filter.repository);
  if (filter.cursor !== undefined) {
    const { at, id } = parsePageCursor(filter.cursor);
    query = query.where(sql<boolean>`(s.first_seen_at, s.id) < (${at}, ${id})`);
  }
  const rows = await query
    .orderBy('s.first_seen_at', 'desc')
    .orderBy('s.id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const next = last === undefined ? null : formatPageCursor({ at: last.first_seen_at, id: last.id });
  return { subjects: page.map(toSubjectRecord), next };
}

async function readFindings(db: Queryable, ids: readonly string[]): ReturnType<FindingsQuery['readFindings']> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('verdicts')
    .select(['id', 'findings'])
    .where('id', 'in', ids.map(Number))
    .limit(MAX_PAGE)
    .execute();
  return new Map(rows.map((row) => [String(row.id), row.findings]));
}

async function readHistory(db: Queryable, subject: Subject): Promise<SubjectHistory | null> {
  const id = subjectKey(subject);
  const row = await findSubjectRow(db, id);
  if (row === undefined) return null;
  const [verdicts, events, effects] = await Promise.all([
    readVerdicts(db, id),
    readEvents(db, id),
    readEffects(db, id),
  ]);
  return { subject: toSubjectRecord(row), verdicts, events, effects };
}

async function readVerdicts(db: Queryable, subjectId: string): Promise<SubjectHistory['verdicts']> {
  const rows = await db
    .selectFrom('verdicts')
    .selectAll()
    .where('subject_id', '=', subjectId)
    .orderBy('id', 'desc')
    .limit(MAX_VERDICTS)
    .execute();
  return rows.map((row) => ({ ...toVerdictRecord(row), findings: row.findings }));
}

async function readEvents(db: Queryable, subjectId: string): Promise<SubjectHistory['events']> {
  const rows = await db
    .selectFrom('inbox_events')
    .select(['id', 'source_id', 'received_at', 'state', 'reason', 'event'])
    .where('subject_id', '=', subjectId)
    .orderBy('id', 'desc')
    .limit(MAX_EVENTS)
    .execute();
  return rows.map((row) => ({
    id: String(row.id),
    sourceId: row.source_id,
    receivedAt: row.received_at,
    state: row.state,
    reason: row.reason,
    event: row.event,
  }));
}

async function readEffects(db: Queryable, subjectId: string): Promise<SubjectHistory['effects']> {
  const rows = await db
    .selectFrom('effects')
    .selectAll()
    .where('subject_id', '=', subjectId)
    .orderBy('id', 'desc')
    .limit(MAX_EFFECTS)
    .execute();
  return rows.map((row) => ({
    id: String(row.id),
    verdictId: row.verdict_id === null ? null : String(row.verdict_id),
    kind: row.kind,
    state: row.state,
    sinkId: row.sink_id,
    tag: row.tag,
    attempts: row.attempts,
    result: row.result,
    error: row.error,
    createdAt: row.created_at,
    doneAt: row.done_at,
  }));
}
