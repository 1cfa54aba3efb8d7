import { type RawBuilder, sql } from 'kysely';
import { GROUPED_KINDS } from '../../domain/announcement.ts';
import type { EffectState } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import type { Place } from './repository-queues.ts';

/** So many notices a minute about one repository are sent to one sink one by one; more are sent as one message. */
const SENT_ALONE = 10;
const MINUTE_MS = 60_000;
/** The first of many notices waits so long for others. Within this time most images of one large push are judged. */
const GROUP_MS = 20_000;

/** A notice whose turn has come. */
export interface NoticeToSend extends Place {
  readonly id: number;
  readonly sink_id: string | null;
  readonly state: EffectState;
  readonly reply_unknown: boolean;
  readonly gather_at: Date | null;
  /** Kind of its announcement. */
  readonly about: string | null;
}

/**
 * Decides whether a notice is told now. Where more than ten a minute would reach a place about one repository, it is
 * put off (`false`), and told with all others that wait by then: the first of them whose time has come takes them
 * along. A message that may have arrived is repeated as it was, alone or with the same others.
 */
export async function maySendNow(db: Queryable, notice: NoticeToSend, now: Date): Promise<boolean> {
  if (notice.state !== 'pending' || notice.reply_unknown || !GROUPED_KINDS.some((kind) => kind === notice.about)) {
    return true;
  }
  if (await isGrouped(db, notice.id)) return true;
  await lockPlace(db, notice);
  // Another may have taken it along while this one waited for the lock.
  if (await isTaken(db, notice.id)) return false;
  const minute = await countMinute(db, notice, now);
  if (notice.gather_at === null && minute.told + minute.waiting < SENT_ALONE) return true;
  if (notice.gather_at !== null && notice.gather_at <= now) {
    await takeAlong(db, notice, now);
    return true;
  }
  const gatherAt = notice.gather_at ?? minute.gatherAt ?? nextGathering(now, minute.lastGathered);
  await db
    .updateTable('effects')
    .set({ gather_at: gatherAt, due_at: gatherAt })
    .where('id', '=', notice.id)
    .where('state', '=', 'pending')
    .execute();
  return false;
}

/** One message a minute at most. */
function nextGathering(now: Date, last: Date | null): Date {
  return new Date(Math.max(now.getTime() + GROUP_MS, (last?.getTime() ?? 0) + MINUTE_MS));
}

async function isGrouped(db: Queryable, id: number): Promise<boolean> {
  const member = await db.selectFrom('effects').select('id').where('told_with', '=', id).limit(1).executeTakeFirst();
  return member !== undefined;
}

const IS_GATHERED: RawBuilder<boolean> = sql`announcement ->> 'kind' = ANY(${sql.val([...GROUPED_KINDS])})`;

async function isTaken(db: Queryable, id: number): Promise<boolean> {
  const row = await db.selectFrom('effects').select('told_with').where('id', '=', id).executeTakeFirst();
  return row?.told_with !== null;
}

// Any constant will do as long as all our processes share it: "tell" in ASCII.
const TELL_LOCK = 0x74656c6c;

/** Notices that begin at the same time come in one after the other, so that each counts those before it. */
async function lockPlace(db: Queryable, { registry_id, repository, sink_id }: NoticeToSend): Promise<void> {
  const place = `${registry_id} ${repository} ${sink_id}`;
  await sql`SELECT pg_advisory_xact_lock(${TELL_LOCK}, hashtext(${place}))`.execute(db);
}

interface Minute {
  /** How many were sent or are being sent; counting stops where more make no difference. */
  readonly told: number;
  /** How many others could be sent now. */
  readonly waiting: number;
  /** When the notices that wait for others are sent. */
  readonly gatherAt: Date | null;
  /** When the last gathered message was sent. */
  readonly lastGathered: Date | null;
}

async function countMinute(db: Queryable, notice: NoticeToSend, now: Date): Promise<Minute> {
  const here = placeOf(notice);
  const since = new Date(now.getTime() - MINUTE_MS);
  const done = sql`${here} AND state = 'done' AND done_at > ${since} AND done_at <= ${latestPlausible(now)}`;
  const { rows } = await sql<Minute>`SELECT
    (SELECT count(*)::int FROM (SELECT 1 FROM effects WHERE ${done} LIMIT ${SENT_ALONE}) AS told) +
    (SELECT count(*)::int FROM (SELECT 1 FROM effects WHERE ${here} AND state = 'sending'
      AND started_at > ${since} AND id <> ${notice.id} LIMIT ${SENT_ALONE}) AS telling) AS told,
    (SELECT count(*)::int FROM (SELECT 1 FROM effects AS e WHERE ${isReady(here, now)}
      AND id <> ${notice.id} LIMIT ${SENT_ALONE}) AS waiting) AS waiting,
    (SELECT min(gather_at) FROM effects WHERE ${here} AND state = 'pending' AND told_with IS NULL
      AND gather_at > ${now} AND gather_at <= ${latestPlausible(now)}) AS "gatherAt",
    (SELECT max(done_at) FROM effects WHERE ${done} AND told_with IS NOT NULL) AS "lastGathered"`.execute(db);
  const [minute] = rows;
  if (minute === undefined) throw new TypeError('a query for one row gave none');
  return minute;
}

function placeOf({ registry_id, repository, sink_id }: NoticeToSend): RawBuilder<boolean> {
  return sql`registry_id = ${registry_id} AND repository = ${repository} AND sink_id = ${sink_id} AND kind = 'notice'`;
}

/** Whether a notice could be sent now in a message with others. */
function isReady(here: RawBuilder<boolean>, now: Date): RawBuilder<boolean> {
  return sql`${here} AND state = 'pending' AND told_with IS NULL AND NOT reply_unknown AND ${IS_GATHERED}
    AND (blocked_until IS NULL OR blocked_until <= ${now})`;
}

/**
 * Puts all notices that wait into the message of this one, except those that must follow a notice that cannot be part
 * of it.
 */
async function takeAlong(db: Queryable, notice: NoticeToSend, now: Date): Promise<void> {
  const ready = isReady(placeOf(notice), now);
  await sql`
    WITH ready AS MATERIALIZED (
      SELECT id, subject_id FROM effects WHERE ${ready} AND id <> ${notice.id} ORDER BY id FOR UPDATE),
    blocking AS (
      SELECT e.subject_id, min(e.id) AS id FROM effects e
      WHERE e.kind = 'notice' AND e.sink_id = ${notice.sink_id} AND e.state IN ('pending', 'sending')
        AND e.subject_id IN (SELECT subject_id FROM ready)
        AND e.id <> ${notice.id} AND e.id NOT IN (SELECT id FROM ready)
      GROUP BY e.subject_id)
    UPDATE effects SET told_with = ${notice.id}, due_at = NULL, blocked_until = NULL WHERE id IN (
      SELECT r.id FROM ready r LEFT JOIN blocking b ON b.subject_id = r.subject_id WHERE b.id IS NULL OR b.id > r.id)`.execute(
    db,
  );
  // If a notice that is taken along has others in its own message, they come along too, so that a sink that was away
  // for hours gets one message.
  await sql`UPDATE effects SET told_with = ${notice.id} WHERE state = 'pending' AND told_with IN (
    SELECT id FROM effects WHERE told_with = ${notice.id})`.execute(db);
}
