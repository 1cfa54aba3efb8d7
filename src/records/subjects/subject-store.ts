import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { Timings } from '../../domain/timings.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { MarkState, SubjectRecord } from '../../ports/subject-record.ts';
import type { JudgementStart, SubjectStore } from '../../ports/subject-store.ts';
import type { Database, Queryable } from '../database.ts';
import { findOpenIndex } from '../inbox/find-open-index.ts';
import { findUnresolvedEvents } from '../inbox/unresolved-events.ts';
import { recordDecision } from '../verdicts/record-decision.ts';
import { beginJudgement } from './begin-judgement.ts';
import { findDueSubjects } from './due-subjects.ts';
import { findFound } from './found-subjects.ts';
import { findHiddenParts, requestEach } from './hidden-parts.ts';
import { isNoImage } from './judgement-due.ts';
import { findEvidence, noteEvidence } from './known-evidence.ts';
import { requestJudgement } from './request-judgement.ts';
import { lockSubjects, selectSubjects, toSubjectRecord } from './subject-row.ts';

/** Creates the store of subjects and their verdicts. */
export function createSubjectStore(database: Database, { lostAfterMs }: Pick<Timings, 'lostAfterMs'>): SubjectStore {
  return {
    begin: (subjectId, { now }) => database.run((db) => beginJudgement(db, subjectId, { now, lostAfterMs })),
    decide: (start, decision) => database.transact((trx) => recordDecision(trx, start, decision)),
    conclude: (start, end) => database.transact((trx) => conclude(trx, start, end)),
    abandon: (start, now) => database.transact((trx) => abandon(trx, start, now)),
    requestJudgement: (subject, now) => database.transact((trx) => requestJudgement(trx, subject, now)),
    findWithDigest: (digests) => database.run((db) => findWithDigest(db, digests)),
    findEvidence: (subject) => database.run((db) => findEvidence(db, subjectKey(subject))),
    findParents: (subject) => database.run((db) => findParents(db, subject)),
    findOpenIndex: (subject, when) => database.run((db) => findOpenIndex(db, subject, { ...when, lostAfterMs })),
    findDue: (context, limit) => findDueSubjects(database, { ...context, lostAfterMs }, limit),
    findFound: (context, most) => database.run((db) => findFound(db, context, most)),
    findEnded: (ids) => database.run((db) => findEnded(db, ids)),
    findUnresolvedEvents: (context, limit) => database.run((db) => findUnresolvedEvents(db, context, limit)),
  };
}

/** What is gone took our tag with it; that it was released stays known. */
const UNMARKED = {
  mark: sql<MarkState>`CASE mark WHEN 'quarantined' THEN 'none' ELSE mark END`,
  mark_tag: sql<string | null>`CASE mark WHEN 'quarantined' THEN NULL ELSE mark_tag END`,
};

async function conclude(
  db: Queryable,
  start: JudgementStart,
  end: Parameters<SubjectStore['conclude']>[1],
): Promise<readonly JudgementRef[]> {
  const { registryId, repository } = start.subject;
  const here = (end.about ?? []).map((digest: Digest): Subject => ({ registryId, repository, digest }));
  const about = [...here, ...(end.elsewhere ?? [])];
  // An index that is gone took its mark with it: its parts stand behind none any more.
  const exposed = end.state === 'gone' ? await findHiddenParts(db, start.subject.id) : [];
  await lockSubjects(db, [start.subject.id, ...about.map(subjectKey), ...exposed]);
  const concluded = await db
    .updateTable('subjects')
    .set({
      state: end.state,
      judged_seq: start.sequence,
      is_found: false,
      starts: 0,
      progress_at: end.now,
      // An announcement that came meanwhile may have asked for another look at what is no image.
      next_check_at: isNoImage(end)
        ? sql<Date | null>`CASE WHEN next_check_at > ${end.now}::timestamptz THEN next_check_at END`
        : (end.lookAgainAt ?? null),
      failed_looks: 0,
      untold_since: null,
      untold_by: null,
      artifact_type: end.artifact?.type ?? null,
      uncovered_by: end.artifact?.policyRevision ?? null,
      ...(end.state === 'gone' && UNMARKED),
    })
    .where('id', '=', start.subject.id)
    // A newer judgement has taken over: it will say what this is.
    .where('fence', '=', start.fence)
    .where('judged_seq', '<', start.sequence)
    .returning('id')
    .execute();
  if (concluded.length === 0) return [];
  if (end.state === 'evidence') {
    const known = [{ manifest: start.subject.digest, counted: false }];
    const noted = here.map((subject) => ({ subjectId: subjectKey(subject), known }));
    await noteEvidence(db, noted, { by: start.subject.id, now: end.now });
  }
  const judgements = [...(await requestEach(db, exposed, end.now))];
  for (const subject of about) {
    const requested = await requestJudgement(db, subject, end.now);
    if (requested !== null) judgements.push(requested);
  }
  return judgements;
}

async function abandon(db: Queryable, start: JudgementStart, now: Date): Promise<void> {
  await db
    .updateTable('subjects')
    .set((eb) => ({ started_at: null, starts: eb('starts', '-', 1), progress_at: now }))
    .where('id', '=', start.subject.id)
    .where('fence', '=', start.fence)
    .where('judged_seq', '<', start.sequence)
    .execute();
}

async function findEnded(db: Queryable, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('subjects')
    .select('id')
    .where('id', '=', sql<string>`any(${ids})`)
    .whereRef('requested_seq', '=', 'judged_seq')
    .execute();
  return rows.map(({ id }) => id);
}

/** One image is copied to a few dozen repositories: more is somebody playing. */
const MAX_COPIES = 1_000;

async function findWithDigest(db: Queryable, digests: readonly Digest[]): Promise<readonly SubjectRecord[]> {
  if (digests.length === 0) return [];
  const rows = await selectSubjects(db)
    .where('s.digest', 'in', digests)
    .where('s.state', 'in', ['pending', 'waiting', 'final'])
    .orderBy('s.first_seen_at', 'desc')
    .limit(MAX_COPIES)
    .execute();
  return rows.map(toSubjectRecord);
}

// An index has at most a few dozen platforms, and an image lies in few indexes: more is somebody playing.
const MAX_RELATIVES = 200;

async function findParents(db: Queryable, subject: Subject): Promise<readonly SubjectRecord[]> {
  const rows = await selectSubjects(db)
    .innerJoin('index_children as c', 'c.parent_id', 's.id')
    .where('c.digest', '=', subject.digest)
    .where('s.registry_id', '=', subject.registryId)
    .where('s.repository', '=', subject.repository)
    // Those that have passed first: whoever may push can list an image in any number of others.
    .orderBy((eb) => eb.case().when('s.settled_outcome', '=', 'pass').then(0).else(1).end())
    .orderBy('s.first_seen_at', 'desc')
    .limit(MAX_RELATIVES)
    .execute();
  return rows.map(toSubjectRecord);
}
