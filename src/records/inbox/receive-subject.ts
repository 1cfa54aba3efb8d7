import { sql } from 'kysely';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Found } from '../../ports/event-source.ts';
import type { Queryable } from '../database.ts';
import { type EarlyLook, planEarlyLook } from '../subjects/early-look.ts';
import { type InForce, isJudgementDue, isNoImage } from '../subjects/judgement-due.ts';
import { laneOf } from '../subjects/lane-of.ts';
import { requestNext } from '../subjects/request-next.ts';
import { lockSubjectRow, type SubjectRow } from '../subjects/subject-row.ts';
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
  /** Set where nobody announced it. */
  readonly found?: Found | undefined;
}

type Context = InForce & { readonly now: Date };

/** A subject as its first event brings it. */
export function newSubject(subject: Subject, { tag, correlationId, found }: NamingEvent, now: Date): NewSubject {
  return {
    ...subject,
    id: subjectKey(subject),
    tag,
    correlationId,
    now,
    isFound: found !== undefined,
    baseline: found === 'baseline' ? 'recorded' : null,
  };
}

/**
 * Writes the subject a push named, new or known, inside the caller's transaction. The grace runs from the first event;
 * later ones add their tag. Many events of one subject at once stand in line here, and only one asks for a judgement.
 * @throws {Error} if its row is gone between two statements: a defect of ours, as nothing deletes subjects
 */
export async function receiveSubject(
  db: Queryable,
  subject: Subject,
  event: NamingEvent,
  context: Context,
): Promise<ReceivedSubject> {
  const { correlationId } = event;
  const created = newSubject(subject, event, context.now);
  const { id } = created;
  if (await insertSubject(db, created)) return { id, correlationId, judge: firstRequest(created) };
  const row = await lockSubjectRow(db, id);
  if (row === undefined) throw new Error('a subject vanished between two statements of one transaction');
  const news = newsFor(row, event, context);
  if (changesSubject(news)) await update(db, id, news);
  const known = { id, correlationId: row.correlation_id };
  if (!news.judgement) return known;
  // A request that nobody has begun is the one this event would make.
  if (row.requested_seq > row.started_seq) {
    return { ...known, judge: { subjectId: id, sequence: row.requested_seq, lane: laneOf(row) } };
  }
  return { ...known, judge: await requestNext(db, id, context.now) };
}

/** The judgement a new subject asks for. */
export function firstRequest({ id, registryId, repository }: NewSubject): JudgementRef {
  return { subjectId: id, sequence: 1, lane: { registry: registryId, repository } };
}

async function update(db: Queryable, id: string, { tag, recall, isFound, endsBaseline }: News): Promise<void> {
  await db
    .updateTable('subjects')
    .set({
      ...(tag !== null && { tags: sql`array_append(tags, ${tag})` }),
      ...(recall !== null && { recalled_until: recall.recalledUntil }),
      ...(recall?.lookAt && { next_check_at: recall.lookAt }),
      ...(isFound !== null && { is_found: isFound }),
      ...(endsBaseline && { baseline: 'over' as const }),
    })
    .where('id', '=', id)
    .execute();
}

/** A subject and an event that changes nothing about it; `undefined` for an event that may. */
export function recogniseRepeat(row: SubjectRow, event: NamingEvent, context: Context): ReceivedSubject | undefined {
  const news = newsFor(row, event, context);
  return news.judgement || changesSubject(news) ? undefined : { id: row.id, correlationId: row.correlation_id };
}

/** What an event brings that its subject does not have yet. */
interface News {
  readonly tag: string | null;
  /** Whether a judgement is asked for now. */
  readonly judgement: boolean;
  readonly recall: EarlyLook | null;
  /** What `is_found` becomes, if that changes. */
  readonly isFound: boolean | null;
  /** It lay there before the first sweep, and now somebody has pushed it again. */
  readonly endsBaseline: boolean;
}

function changesSubject({ tag, recall, isFound, endsBaseline }: News): boolean {
  return tag !== null || recall !== null || isFound !== null || endsBaseline;
}

function newsFor(row: SubjectRow, { tag, found }: NamingEvent, context: Context): News {
  const newTag = tag !== null && !row.tags.includes(tag) && row.tags.length < MAX_TAGS ? tag : null;
  const isDue = isJudgementDue(row, context) || (newTag !== null && mattersByTag(row));
  // A sweep that sees a tag on a known image learns nothing new, so only announcements ask for another look.
  if (found !== undefined) {
    return { tag: newTag, judgement: isDue, recall: null, isFound: isDue ? true : null, endsBaseline: false };
  }
  const endsBaseline = row.baseline === 'recorded';
  const judgement = isDue || endsBaseline || isLeftByASweep(row);
  const recall = judgement ? null : planEarlyLook(row, context.now);
  return {
    tag: newTag,
    judgement: judgement || recall?.lookAt === null,
    recall,
    isFound: row.is_found ? false : null,
    endsBaseline,
  };
}

/** A sweep asked for its judgement, which has not begun. An announcement does not wait for that. */
function isLeftByASweep(row: SubjectRow): boolean {
  return row.is_found && row.requested_seq > row.started_seq;
}

// A part of an index that failed carries no mark of its own while it has no tag of its own.
function isHiddenByIndex({ verdict }: SubjectRow): boolean {
  return verdict?.code === 'INHERITED' && verdict.outcome !== 'pass';
}

// Something that was no image by one tag may be one by another tag.
function mattersByTag(row: SubjectRow): boolean {
  return isHiddenByIndex(row) || (isNoImage(row) && row.requested_seq <= row.judged_seq);
}
