import { sql } from 'kysely';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Queryable } from '../database.ts';
import { type EarlyLook, planEarlyLook } from '../subjects/early-look.ts';
import { type InForce, isJudgementDue, isNoImage } from '../subjects/judgement-due.ts';
import { requestNext } from '../subjects/request-next.ts';
import { findSubjectRow, lockSubjectRow, type SubjectRow } from '../subjects/subject-row.ts';
import { insertSubject, type NewSubject } from './insert-subject.ts';

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

type Context = InForce & { readonly now: Date };

/** A subject as its first event brings it. */
export function newSubject(subject: Subject, { tag, correlationId }: NamingEvent, now: Date): NewSubject {
  return { ...subject, id: subjectKey(subject), tags: tag === null ? [] : [tag], correlationId, now };
}

/**
 * Writes the subject a push named, new or known, inside the caller's transaction. The grace runs from the first event;
 * later ones add their tag. Many events of one subject at once stand in line here, and only one asks for a judgement.
 */
export async function receiveSubject(
  db: Queryable,
  subject: Subject,
  event: NamingEvent,
  context: Context,
): Promise<ReceivedSubject> {
  const { tag, correlationId } = event;
  const created = newSubject(subject, event, context.now);
  const { id } = created;
  if (await insertSubject(db, created)) return { id, correlationId, judge: firstRequest(created) };
  const row = await lockSubjectRow(db, id);
  if (row === undefined) throw new Error('a subject vanished between two statements of one transaction');
  const news = newsFor(row, tag, context);
  if (news.tag !== null || news.recall !== null) await update(db, id, news);
  if (!news.judgement) return { id, correlationId: row.correlation_id };
  return { id, correlationId: row.correlation_id, judge: await requestNext(db, id, context.now) };
}

/** The judgement a new subject asks for. */
export function firstRequest({ id, registryId, repository }: NewSubject): JudgementRef {
  return { subjectId: id, sequence: 1, lane: { registry: registryId, repository } };
}

async function update(db: Queryable, id: string, { tag, recall }: News): Promise<void> {
  await db
    .updateTable('subjects')
    .set({
      ...(tag !== null && { tags: sql`array_append(tags, ${tag})` }),
      ...(recall !== null && { recalled_until: recall.recalledUntil }),
      ...(recall?.lookAt && { next_check_at: recall.lookAt }),
    })
    .where('id', '=', id)
    .execute();
}

/** The subject of an event that changes nothing about it, read without a lock; `undefined` for one that may. */
export async function recogniseRepeat(
  db: Queryable,
  id: string,
  tag: string | null,
  context: Context,
): Promise<ReceivedSubject | undefined> {
  const row = await findSubjectRow(db, id);
  if (row === undefined) return undefined;
  const news = newsFor(row, tag, context);
  const isNews = news.tag !== null || news.judgement || news.recall !== null;
  return isNews ? undefined : { id, correlationId: row.correlation_id };
}

/** What an event brings that its subject does not have yet. */
interface News {
  readonly tag: string | null;
  /** Asked for at once. */
  readonly judgement: boolean;
  readonly recall: EarlyLook | null;
}

function newsFor(row: SubjectRow, tag: string | null, context: Context): News {
  const newTag = tag !== null && !row.tags.includes(tag) && row.tags.length < MAX_TAGS ? tag : null;
  const isDue = isJudgementDue(row, context) || (newTag !== null && mattersByTag(row));
  const recall = isDue ? null : planEarlyLook(row, context.now);
  return { tag: newTag, judgement: isDue || recall?.lookAt === null, recall };
}

// A part of an index that failed carries no mark, as long as it has no tag of its own.
function isHiddenByIndex({ verdict }: SubjectRow): boolean {
  return verdict?.code === 'INHERITED' && verdict.outcome !== 'pass';
}

// What is no image under one tag may be taken for one under another.
function mattersByTag(row: SubjectRow): boolean {
  return isHiddenByIndex(row) || (isNoImage(row) && row.requested_seq <= row.judged_seq);
}
