import { sql } from 'kysely';
import { type Subject, subjectKey } from '../domain/subject.ts';
import type { JudgementRef } from '../ports/event-inbox.ts';
import type { Queryable } from './database.ts';
import { type InForce, isJudgementDue } from './judgement-due.ts';
import { lockSubjectRow, type SubjectRow } from './subject-row.ts';

// A repository has few tags on one digest; a sender who invents names must not grow a row without bound.
const MAX_TAGS = 100;

/** A subject as an event left it, and the judgement the event asks for, if any. */
export interface ReceivedSubject {
  readonly id: string;
  readonly correlationId: string;
  readonly judge?: JudgementRef;
}

/** The event that named a subject. */
export interface NamingEvent {
  readonly tag: string | null;
  /** A new subject takes it over, so that its story begins with its event. */
  readonly correlationId: string;
}

/**
 * Writes the subject a push named, new or known, inside the caller's transaction. The grace runs from the first event;
 * later ones add their tag. Many events of one subject at once stand in line here, and only one asks for a judgement.
 */
export async function receiveSubject(
  db: Queryable,
  subject: Subject,
  event: NamingEvent,
  context: InForce & { readonly now: Date },
): Promise<ReceivedSubject> {
  const id = subjectKey(subject);
  const { tag, correlationId } = event;
  const isNew = await insertSubject(db, id, subject, event, context.now);
  if (isNew) return { id, correlationId, judge: { subjectId: id, sequence: 1 } };
  const row = await lockSubjectRow(db, id);
  if (row === undefined) throw new Error('a subject vanished between two statements of one transaction');
  const tagIsNew = tag !== null && !row.tags.includes(tag) && row.tags.length < MAX_TAGS;
  const due = isJudgementDue(row, context) || (tagIsNew && isHiddenByIndex(row));
  if (tagIsNew) {
    await db
      .updateTable('subjects')
      .set({ tags: sql`array_append(tags, ${tag})` })
      .where('id', '=', id)
      .execute();
  }
  if (!due) return { id, correlationId: row.correlation_id };
  const sequence = await requestNext(db, id, context.now);
  return { id, correlationId: row.correlation_id, judge: { subjectId: id, sequence } };
}

// A part of an index that failed carries no mark, as long as it has no tag of its own.
function isHiddenByIndex({ verdict }: SubjectRow): boolean {
  return verdict?.code === 'INHERITED' && verdict.outcome !== 'pass';
}

async function insertSubject(
  db: Queryable,
  id: string,
  subject: Subject,
  { tag, correlationId }: NamingEvent,
  now: Date,
): Promise<boolean> {
  const row = await db
    .insertInto('subjects')
    .values({
      id,
      registry_id: subject.registryId,
      repository: subject.repository,
      digest: subject.digest,
      state: 'pending',
      first_seen_at: now,
      tags: tag === null ? [] : [tag],
      mark_tag: null,
      released_artifact: null,
      marked_at: null,
      correlation_id: correlationId,
      requested_seq: 1,
      started_at: null,
      progress_at: now,
      next_check_at: null,
      settled_outcome: null,
      grace_from: null,
    })
    // Whichever of the two unique keys another event's insert reached first.
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Asks for one more judgement of a subject the caller has locked. Returns its sequence. What was gone, or set aside, is
 * an image to be judged once more.
 */
export async function requestNext(db: Queryable, id: string, now: Date): Promise<number> {
  const row = await db
    .updateTable('subjects')
    .set((eb) => ({
      requested_seq: eb('requested_seq', '+', 1),
      progress_at: now,
      state: eb
        .case()
        .when('state', 'in', ['gone', 'parked'])
        .then('pending' as const)
        .else(eb.ref('state'))
        .end(),
    }))
    .where('id', '=', id)
    .returning('requested_seq')
    .executeTakeFirstOrThrow();
  return row.requested_seq;
}
