import { type RawBuilder, sql } from 'kysely';
import type { Timings } from '../../domain/timings.ts';
import type { DueContext } from '../../ports/due-work.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Database, Queryable } from '../database.ts';
import { buildOnce, type Given } from '../prepare.ts';
import { latestPlausible } from './clock-ahead.ts';
import { laneOf } from './lane-of.ts';
import { earlier, isAnyOutdated, later, older } from './outdated-subjects.ts';
import { requestNext } from './request-next.ts';

type Context = DueContext;

const NOTHING_IN_FLIGHT = {
  isBehind: false,
  inFlight: [] as readonly string[],
  resting: [] as readonly string[],
  leaveOutdated: false,
};

/**
 * Finds the subjects whose judgement is due, most pressing first, and gives each a fresh sequence: a queue may still
 * hold a failed job under the old one, which would swallow the new. Rows another sweeper holds are left to it.
 */
export async function findDueSubjects(
  database: Database,
  context: Context & Pick<Timings, 'lostAfterMs'>,
  limit: number,
): Promise<readonly JudgementRef[]> {
  const { lostAfterMs, ...asked } = context;
  const lostBefore = new Date(context.now.getTime() - lostAfterMs);
  const bounds: Bounds = { ...NOTHING_IN_FLIGHT, ...asked, lostBefore, latestPlausible: latestPlausible(context.now) };
  // Asked every few seconds, and nearly always for nothing: one statement says so, and locks nothing.
  const [found] = await database.run((db) => findAny(db, bounds));
  return found?.due ? database.transact((db) => takeDue(db, bounds, limit)) : [];
}

/** What the times and names on record are compared with. */
interface Bounds extends Required<Context> {
  readonly lostBefore: Date;
  readonly latestPlausible: Date;
}

/** The same, or what stands for them in a statement. */
type Compared = { readonly [K in keyof Bounds]: Bounds[K] | RawBuilder<Bounds[K]> };

const REASONS = [left, lost, timed, absent, parked, earlier, later, older, uncovered, again];
/** What is asked first tells of these in another way, see `isAnyOutdated`. */
const OUTDATED: readonly (typeof REASONS)[number][] = [earlier, later, older];

/**
 * How many images one round looks at again by itself: a few a second. A hundred thousand that fail for one wrong policy
 * must neither reach a registry at once nor keep others from their first look.
 */
const AGAIN_BATCH = 20;

const findAny = buildOnce((db, given: Given<Bounds>) => {
  const compared: Compared = {
    now: given('now'),
    lostBefore: given('lostBefore'),
    latestPlausible: given('latestPlausible'),
    registryIds: given('registryIds'),
    policyRevision: given('policyRevision'),
    trustEpoch: given('trustEpoch'),
    isBehind: given('isBehind'),
    inFlight: given('inFlight'),
    resting: given('resting'),
    leaveOutdated: given('leaveOutdated'),
  };
  const others = REASONS.filter((reason) => !OUTDATED.includes(reason));
  // The first in order, which only an index tells: of "any" the server believes that the table soon holds one.
  const firstOf = (reason: (typeof REASONS)[number]) =>
    db.selectFrom(reason(db, compared).limit(sql.lit(1)).as('first')).select('first.id');
  return db.selectNoFrom((eb) =>
    eb.or([...others.map((reason) => eb.exists(firstOf(reason))), isAnyOutdated(compared)]).as('due'),
  );
});

/**
 * What is looked at in one round for one reason, before repositories take turns: with more, of a policy that changed, a
 * round would take seconds. What waits for its verdict is all looked at.
 */
const POOL = 20_000;
/** Few enough that the server reads them by the index, one by one, instead of all that is outdated. */
const OUTDATED_POOL = 1_000;

/** So many for each reason, for none may keep the others waiting. */
async function takeDue(db: Queryable, bounds: Bounds, limit: number): Promise<readonly JudgementRef[]> {
  const due = new Map<string, JudgementRef>();
  for (const reason of REASONS) {
    const rows = reason(db, bounds);
    const isOpen = reason === left || reason === lost || reason === timed;
    const pool = OUTDATED.includes(reason) ? OUTDATED_POOL : POOL;
    const query = inTurn(db, isOpen ? rows : rows.limit(pool), reason === again ? AGAIN_BATCH : limit);
    for (const row of await query.forUpdate('s').skipLocked().execute()) {
      if (due.has(row.id)) continue;
      // What was never begun keeps its number: should its job be in the queue all the same, it is that one.
      const asked = { subjectId: row.id, sequence: row.requested_seq, lane: laneOf(row) };
      due.set(row.id, reason === left ? asked : await requestNext(db, row.id, bounds.now));
    }
  }
  return [...due.values()];
}

/** What each reason tells of a subject, beside the time it is due. */
const SUBJECT = ['s.id', 's.requested_seq', 's.registry_id', 's.repository'] as const;

/** Of these, repositories in turn: the first of each, then the second of each. */
function inTurn(db: Queryable, rows: ReturnType<(typeof REASONS)[number]>, limit: number) {
  const turns = db
    .selectFrom(rows.as('r'))
    .select(['r.id', 'r.requested_seq', 'r.due'])
    .select(
      sql<number>`row_number() OVER (PARTITION BY r.registry_id, r.repository ORDER BY r.due NULLS FIRST)`.as('turn'),
    )
    .orderBy('turn')
    .orderBy('r.due')
    .limit(limit);
  return db
    .selectFrom('subjects as s')
    .innerJoin(turns.as('t'), (join) =>
      // What another sweeper took since this statement began is read anew when it is locked, and no longer equal.
      join.onRef('t.id', '=', 's.id').onRef('t.requested_seq', '=', 's.requested_seq'),
    )
    .select(['s.id', 's.requested_seq', 's.registry_id', 's.repository'])
    .orderBy('t.turn')
    .orderBy('t.due');
}

/** Asked for, and left on record because enough of its repository was in the queue. */
function left(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select([...SUBJECT, 's.progress_at as due'])
    .whereRef('s.requested_seq', '>', 's.judged_seq')
    .whereRef('s.started_seq', '=', 's.judged_seq')
    .where('s.is_found', '=', sql.lit(false))
    .where(sql<boolean>`${to.isBehind}`)
    .orderBy('s.progress_at');
}

/** Asked for, and nothing has happened since: the job was lost, or the process that ran it. */
function lost(db: Queryable, to: Compared) {
  return (
    db
      .selectFrom('subjects as s')
      .select([...SUBJECT, 's.progress_at as due'])
      .whereRef('s.requested_seq', '>', 's.judged_seq')
      .where('s.id', '!=', sql<string>`all(${to.inFlight})`)
      // What was never begun and is known to wait is no loss; what a sweep asked for is handed out by `found-subjects`.
      .where(sql<boolean>`(s.started_seq > s.judged_seq OR NOT (s.is_found OR ${to.isBehind}))`)
      .where((eb) => eb.or([eb('s.progress_at', '<=', to.lostBefore), eb('s.progress_at', '>', to.latestPlausible)]))
      .orderBy('s.progress_at')
  );
}

/** The time the last judgement set has come. */
function timed(db: Queryable, to: Compared) {
  return comesDue(db, to).where('s.state', '!=', sql.lit('final')).where('s.state', '!=', sql.lit('gone'));
}

/**
 * It was not there, and it is time to see whether it is now: behind what was, for whoever can announce can invent any
 * number of images, each in a repository of its own (P6).
 */
function absent(db: Queryable, to: Compared) {
  return comesDue(db, to).where('s.state', '=', sql.lit('gone'));
}

/** It does not pass, and it is time to see whether that still holds. */
function again(db: Queryable, to: Compared) {
  return comesDue(db, to).where('s.state', '=', sql.lit('final'));
}

function comesDue(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select([...SUBJECT, 's.next_check_at as due'])
    .where('s.registry_id', '!=', sql<string>`all(${to.resting})`)
    .whereRef('s.requested_seq', '=', 's.judged_seq')
    .where('s.next_check_at', 'is not', null)
    .where((eb) => eb.or([eb('s.next_check_at', '<=', to.now), eb('s.progress_at', '>', to.latestPlausible)]))
    .orderBy('s.next_check_at');
}

/** Set aside while their registry was not configured, and now it is. */
function parked(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select([...SUBJECT, 's.progress_at as due'])
    .where('s.state', '=', sql.lit('parked'))
    .where('s.registry_id', '=', sql<string>`any(${to.registryIds})`)
    .whereRef('s.requested_seq', '=', 's.judged_seq');
}

/** An artifact that no policy covered, under other policies than these. */
function uncovered(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select([...SUBJECT, 's.progress_at as due'])
    .where('s.state', '=', sql.lit('artifact'))
    .where((eb) => eb.or([eb('s.uncovered_by', '<', to.policyRevision), eb('s.uncovered_by', '>', to.policyRevision)]))
    .whereRef('s.requested_seq', '=', 's.judged_seq');
}
