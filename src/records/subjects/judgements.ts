// The room `records/subjects`: the images on record, and when each is due to be looked at.

import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { Timings } from '../../domain/timings.ts';
import { FaultError } from '../../kit/errors.ts';
import { type TogetherOptions, together } from '../../kit/io/together.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Conclusion, JudgementStart, Judgements } from '../../ports/judgements.ts';
import type { MarkState } from '../../ports/subject-record.ts';
import type { Database, Queryable } from '../database.ts';
import { recordDecision } from '../verdicts/record-decision.ts';
import {
  asFirstVerdict,
  type FirstVerdict,
  MOST_AT_ONCE,
  recordFirstVerdicts,
} from '../verdicts/record-first-verdicts.ts';
import { beginFirstLooks, type FirstLook } from './begin-first-looks.ts';
import { beginJudgement } from './begin-judgement.ts';
import { findHiddenParts, requestEach } from './hidden-parts.ts';
import { isNoImage } from './judgement-due.ts';
import { findEvidence, noteEvidence } from './known-evidence.ts';
import { requestJudgement } from './request-judgement.ts';
import { lockSubjects } from './subject-row.ts';

/**
 * Looks that begin, and verdicts that are written, at the same time share a statement and a commit. One by itself waits for
 * nobody; where there are hundreds a second each waits for 10 ms, less than one of its requests takes elsewhere.
 */
const SHARED: TogetherOptions = { most: MOST_AT_ONCE, groups: 2, patienceMs: 20, everyMs: 20 };

/** Characters of findings. Whoever attaches thousands of pieces to his images makes nobody else's verdict wait for them. */
const MOST_SHARED = 64 * 1024;

/** Creates the record of judgements. */
export function createJudgements(database: Database, { lostAfterMs }: Pick<Timings, 'lostAfterMs'>): Judgements {
  const beginFirst = together<FirstLook, JudgementStart | null>(
    (looks) => database.run((db) => beginFirstLooks(db, looks)),
    SHARED,
  );
  const recordFirst = together<FirstVerdict, boolean>((verdicts) => recordAll(database, verdicts), SHARED);
  const recordAlone = async (verdict: FirstVerdict): Promise<boolean> => {
    const [isRecorded = false] = await recordAll(database, [verdict]);
    return isRecorded;
  };
  return {
    async begin(id, { now, isFirst = false }) {
      const first = isFirst ? await beginFirst({ id, now }) : null;
      return first ?? database.run((db) => beginJudgement(db, id, { now, lostAfterMs }));
    },
    async decide(start, decision) {
      const first = asFirstVerdict(start, decision);
      const record = first !== undefined && first.findings.length > MOST_SHARED ? recordAlone : recordFirst;
      if (first !== undefined && (await record(first))) return { effects: [], judgements: [] };
      return database.transact((trx) => recordDecision(trx, start, decision));
    },
    conclude: (start, end) =>
      isAlone(start, end)
        ? database.run((db) => conclude(db, start, end))
        : database.transact((trx) => conclude(trx, start, end)),
    abandon: (start, now) => database.transact((trx) => abandon(trx, start, now)),
    findEvidence: (subject) => database.run((db) => findEvidence(db, subjectKey(subject))),
  };
}

/** Nothing is written of any if one is refused: each then goes the long way, where it tells what is wrong with it. */
async function recordAll(database: Database, verdicts: readonly FirstVerdict[]): Promise<readonly boolean[]> {
  try {
    return await database.run((db) => recordFirstVerdicts(db, verdicts));
  } catch (error) {
    if (error instanceof FaultError) throw error;
    return verdicts.map(() => false);
  }
}

/** Whether it concerns no other subject, so that one statement is all there is to it. */
function isAlone({ firstLook }: JudgementStart, { state, about = [], elsewhere = [] }: Conclusion): boolean {
  return firstLook !== undefined && state !== 'evidence' && about.length === 0 && elsewhere.length === 0;
}

/** An image that is gone took our tag with it. That it was released stays on record. */
const UNMARKED = {
  mark: sql<MarkState>`CASE mark WHEN 'quarantined' THEN 'none' ELSE mark END`,
  mark_tag: sql<string | null>`CASE mark WHEN 'quarantined' THEN NULL ELSE mark_tag END`,
};

async function conclude(db: Queryable, start: JudgementStart, end: Conclusion): Promise<readonly JudgementRef[]> {
  const { registryId, repository } = start.subject;
  const here = (end.about ?? []).map((digest: Digest): Subject => ({ registryId, repository, digest }));
  const about = [...here, ...(end.elsewhere ?? [])];
  const alone = isAlone(start, end);
  // An index that is gone took its mark with it: its parts stand behind none any more. At first it has none.
  const exposed = end.state === 'gone' && !alone ? await findHiddenParts(db, start.subject.id) : [];
  if (!alone) await lockSubjects(db, [start.subject.id, ...about.map(subjectKey), ...exposed]);
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
  if (start.subject.verdict !== null) await setAside(db, start.subject.id);
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

/** Its verdict is not made anew when policies change: there is no image, and one that comes is looked at anyhow. */
async function setAside(db: Queryable, subjectId: string): Promise<void> {
  await db
    .updateTable('verdicts')
    .set({ is_moot: true })
    .where('subject_id', '=', subjectId)
    .where('is_current', '=', true)
    .execute();
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
