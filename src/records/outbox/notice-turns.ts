import type { HeldSince, PlannedNotice } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';

/** One notice about one trouble in this time: an outage that fails 5,000 images is one message, not 5,000. */
const TURN_MS = 3_600_000;

/**
 * Images that a trouble holds up since its last notice were not named in that: they are told of as soon as this has
 * passed, or nobody would hear of an image behind which somebody has put another that cannot be told.
 */
const NEWS_MS = 600_000;

/** For so many repositories that were not named within the hour, a notice is sent at once. */
const AT_ONCE = 3;

/**
 * Leaves out notices about a trouble that was announced within the hour, by whichever image and daemon came first, and
 * that have nothing new to say. The turn is taken in the transaction that plans the notice, so that none is lost with it.
 */
export async function chooseNotices(
  db: Queryable,
  { verdictId, now }: { readonly verdictId: number | null; readonly now: Date },
  notices: readonly PlannedNotice[],
): Promise<readonly PlannedNotice[]> {
  const [first] = notices;
  if (first?.trouble === undefined) return notices;
  // Hidden evidence comes and goes while the verdict stays the same; what people were told of it is on record
  // elsewhere.
  const isOfVerdict = verdictId !== null && first.announcement.kind !== 'evidence-hidden';
  if (!isOfVerdict) return (await takeTurn(db, first.trouble, now)) ? notices : [];
  // A verdict announces its trouble once. If a repeat took the turn for a notice that exists already, notices of other
  // images would be left out.
  const known = await db
    .selectFrom('effects')
    .select('id')
    .where('verdict_id', '=', verdictId)
    .where('kind', '=', 'notice')
    .where('origin', '=', 'verdict')
    .where((eb) => eb(eb.ref('announcement', '->>').key('kind'), '=', first.announcement.kind))
    .executeTakeFirst();
  if (known !== undefined) return [];
  const { trouble, held } = first;
  const isTurn = held === undefined ? takeTurn(db, trouble, now) : takeHeldTurn(db, { trouble, held, now });
  return (await isTurn) ? notices : [];
}

/** Takes the turn to tell of a trouble; false if it was told within the hour. */
export async function takeTurn(db: Queryable, trouble: string, now: Date): Promise<boolean> {
  // The row is read without a lock first, because in an outage thousands of looks end here at the same time.
  const last = await lastTurn(db, trouble, now);
  return (last === null || olderThan(last, TURN_MS, now)) && (await take(db, { trouble, last, now }));
}

interface HeldTurn {
  readonly trouble: string;
  readonly held: HeldSince;
  readonly now: Date;
}

/** The same for an image that is held up: sooner, where it was not held yet when the last notice was written. */
async function takeHeldTurn(db: Queryable, { trouble, held, now }: HeldTurn): Promise<boolean> {
  const place = `${trouble} in ${held.repository}`;
  const last = await lastTurn(db, trouble, now);
  const isDue =
    last === null || olderThan(last, TURN_MS, now) || (await isNews(db, { trouble, place, last, held, now }));
  if (!isDue || !(await take(db, { trouble, last, now }))) return false;
  await take(db, { trouble: place, last: await lastTurn(db, place, now), now });
  await forgetPlaces(db, trouble, now);
  return true;
}

async function isNews(
  db: Queryable,
  { trouble, place, last, held, now }: HeldTurn & { readonly place: string; readonly last: Date },
): Promise<boolean> {
  if (held.since <= last) return false;
  if (olderThan(last, NEWS_MS, now)) return true;
  const placeTurn = await lastTurn(db, place, now);
  if (placeTurn !== null && !olderThan(placeTurn, TURN_MS, now)) return false;
  const { count } = await db
    .selectFrom('notice_turns')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where((eb) => eb.fn('starts_with', ['trouble', eb.val(`${trouble} in `)]), '=', true)
    .where('taken_at', '>', before(now, TURN_MS))
    .executeTakeFirstOrThrow();
  return Number(count) < AT_ONCE;
}

/** When it was last announced; `null` if never, or if the clock was ahead then. */
async function lastTurn(db: Queryable, trouble: string, now: Date): Promise<Date | null> {
  const row = await db.selectFrom('notice_turns').select('taken_at').where('trouble', '=', trouble).executeTakeFirst();
  return row === undefined || row.taken_at > latestPlausible(now) ? null : row.taken_at;
}

/** False if somebody else has taken it since it was read. */
async function take(
  db: Queryable,
  { trouble, last, now }: { readonly trouble: string; readonly last: Date | null; readonly now: Date },
): Promise<boolean> {
  const taken = await db
    .insertInto('notice_turns')
    .values({ trouble, taken_at: now })
    .onConflict((conflict) =>
      conflict
        .column('trouble')
        .doUpdateSet({ taken_at: now })
        .where((eb) =>
          last === null
            ? eb('notice_turns.taken_at', '>', latestPlausible(now))
            : eb('notice_turns.taken_at', '=', last),
        ),
    )
    .returning('trouble')
    .executeTakeFirst();
  return taken !== undefined;
}

// Old rows are deleted, as whoever may create repositories could otherwise fill the table.
async function forgetPlaces(db: Queryable, trouble: string, now: Date): Promise<void> {
  await db
    .deleteFrom('notice_turns')
    .where((eb) => eb.fn('starts_with', ['trouble', eb.val(`${trouble} in `)]), '=', true)
    .where('taken_at', '<=', before(now, TURN_MS))
    .execute();
}

function olderThan(time: Date, ms: number, now: Date): boolean {
  return time <= before(now, ms);
}

function before(now: Date, ms: number): Date {
  return new Date(now.getTime() - ms);
}

/** Gives back a turn whose message was not sent. */
export async function giveTurnBack(db: Queryable, trouble: string): Promise<void> {
  await db.deleteFrom('notice_turns').where('trouble', '=', trouble).execute();
}
