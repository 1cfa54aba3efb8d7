import { storableText } from '../../kit/storable-json.ts';
import type { EffectOutbox, EffectRef, PlannedNotice } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { parseRecordId } from '../record-id.ts';
import { isRejudgementDue } from '../subjects/judgement-due.ts';
import { requestNext } from '../subjects/request-next.ts';
import { lockSubjectRow, type SubjectRow } from '../subjects/subject-row.ts';
import { insertEffects } from './insert-effects.ts';
import { endGroup, releaseNext, releaseNotices } from './release-waiting.ts';
import { admitNext, joinQueue } from './repository-queues.ts';

interface FoundEffect {
  readonly id: number;
  readonly subject_id: string;
  readonly verdict_id: number | null;
  readonly kind: EffectRef['kind'];
  readonly sink_id: string | null;
  readonly state: string;
  readonly attempts: number;
  readonly registry_id: string;
  readonly repository: string;
  readonly turn_since: Date | null;
}

/** Locks the effect's subject, then the effect: the order of every writer. */
async function lockEffect(
  db: Queryable,
  effectId: string,
): Promise<{ effect: FoundEffect; subject: SubjectRow } | undefined> {
  const id = parseRecordId(effectId);
  if (id === undefined) return undefined;
  const found = await db.selectFrom('effects').select('subject_id').where('id', '=', id).executeTakeFirst();
  const subject = found && (await lockSubjectRow(db, found.subject_id));
  const effect = await db
    .selectFrom('effects')
    .select(['id', 'subject_id', 'verdict_id', 'kind', 'sink_id', 'state', 'attempts'])
    .select(['registry_id', 'repository', 'turn_since'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return subject === undefined || effect === undefined ? undefined : { effect, subject };
}

/** Whether the effect is under way, and its lease still belongs to the process that began this attempt. */
function isOpen({ state, attempts }: FoundEffect, attempt: number | undefined): boolean {
  return ['pending', 'sending', 'held'].includes(state) && (attempt === undefined || attempt === attempts);
}

export async function finishEffect(
  db: Queryable,
  effectId: string,
  outcome: Parameters<EffectOutbox['finish']>[1],
): Promise<readonly EffectRef[]> {
  const found = await lockEffect(db, effectId);
  if (found === undefined) return [];
  const { effect, subject } = found;
  const { now, result, mark, rehearsedMark, attempt, announce = [] } = outcome;
  if (!isOpen(effect, attempt)) {
    // It was written before, and only the answer was lost.
    if (effect.state === 'done' && effect.attempts === attempt) return [];
    if (mark?.mark === 'quarantined') await recordLateMark(db, subject, mark, now);
    return [];
  }
  const written = mark?.mark === 'quarantined' ? mark.tag : rehearsedMark;
  if (typeof written === 'string') {
    // Where the planned name was another image's, a longer one was written.
    await db.updateTable('effects').set({ tag: written }).where('id', '=', effect.id).execute();
  }
  if (mark !== undefined) await setMark(db, subject, mark, now);
  if (rehearsedMark !== undefined) {
    await db.updateTable('subjects').set({ rehearsed_mark: rehearsedMark }).where('id', '=', subject.id).execute();
  }
  // What was found is announced by itself, not as news of the verdict.
  const announced = await announceEnd(db, { ...effect, verdict_id: null }, announce, now);
  const done = { state: 'done', result: storableText(result), error: null } as const;
  return [...announced, ...(await end(db, effect, done, now))];
}

async function announceEnd(
  db: Queryable,
  { subject_id: subjectId, verdict_id: verdictId }: FoundEffect,
  effects: readonly PlannedNotice[],
  now: Date,
): Promise<readonly EffectRef[]> {
  if (effects.length === 0) return [];
  const kind = verdictId === null ? 'event' : 'verdict';
  return insertEffects(db, { subjectId, verdictId, effects, origin: { kind }, superseded: [], now });
}

type Mark = NonNullable<Parameters<EffectOutbox['finish']>[1]['mark']>;

async function setMark(db: Queryable, { id }: SubjectRow, mark: Mark, now: Date): Promise<void> {
  await db
    .updateTable('subjects')
    .set({
      mark: mark.mark,
      mark_tag: mark.tag,
      released_artifact: mark.releasedArtifact,
      marked_at: now,
      rehearsed_mark: null,
    })
    .where('id', '=', id)
    .execute();
}

/**
 * A process that stood still for longer than its lease has put our tag on an image about which others have decided
 * since. The tag is there all the same: that is recorded, and the image judged again, so that it comes off if it must.
 */
async function recordLateMark(db: Queryable, subject: SubjectRow, mark: Mark, now: Date): Promise<void> {
  await setMark(db, subject, mark, now);
  if (isRejudgementDue(subject)) await requestNext(db, subject.id, now);
}

export async function failEffect(
  db: Queryable,
  effectId: string,
  failure: Parameters<EffectOutbox['fail']>[1],
): Promise<readonly EffectRef[]> {
  const found = await lockEffect(db, effectId);
  if (found === undefined || !isOpen(found.effect, failure.attempt)) return [];
  const { effect } = found;
  const { now, error, retryAt, held, limitedBy, replyUnknown, announce = [] } = failure;
  const state = retryAt === null ? 'failed' : held ? 'held' : 'pending';
  const standing =
    limitedBy === undefined
      ? { limited_by: null, turn_since: null, due_at: retryAt }
      : await joinQueue(db, effect, { limitedBy, retryAt, now });
  await db
    .updateTable('effects')
    .set({
      state,
      error: storableText(error),
      ...standing,
      done_at: state === 'failed' ? now : null,
      ...(replyUnknown && { reply_unknown: true }),
    })
    .where('id', '=', effect.id)
    .execute();
  const announced = await announceEnd(db, effect, announce, now);
  if (state === 'failed') return [...announced, ...(await end(db, effect, { state, error: storableText(error) }, now))];
  return state === 'held' ? [...announced, ...(await releaseNotices(db, [effect.id], now))] : announced;
}

export async function supersedeEffect(
  db: Queryable,
  effectId: string,
  why: string,
  now: Date,
): Promise<readonly EffectRef[]> {
  const found = await lockEffect(db, effectId);
  if (found === undefined || !isOpen(found.effect, undefined)) return [];
  return end(db, found.effect, { state: 'superseded', error: storableText(why) }, now);
}

type End = Parameters<typeof endGroup>[2];

/** Records how an effect ended, and releases the effects that waited for it or stood behind it in the queue. */
async function end(db: Queryable, effect: FoundEffect, how: End, now: Date): Promise<readonly EffectRef[]> {
  const ended = { ...how, done_at: now, due_at: null };
  await db.updateTable('effects').set(ended).where('id', '=', effect.id).execute();
  const told = await releaseNotices(db, [effect.id], now);
  const next = [...told, ...(await releaseNext(db, effect, now))];
  if (effect.kind === 'notice') return [...next, ...(await endGroup(db, effect, how, now))];
  return effect.kind === 'quarantine' ? [...next, ...(await admitNext(db, now, effect))] : next;
}
