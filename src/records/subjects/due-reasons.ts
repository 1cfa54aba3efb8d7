import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { DueContext } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';
import type { WaitingRow } from '../lanes.ts';
import type { RecordSchema, SubjectsTable } from '../schema.ts';

/** What the times and names on record are compared with. */
export interface Bounds extends Required<DueContext> {
  readonly lostBefore: Date;
  readonly latestPlausible: Date;
}

/** The same, or what stands for them in a statement. */
export type Compared = { readonly [K in keyof Bounds]: Bounds[K] | RawBuilder<Bounds[K]> };

/** A subject that is due. */
export interface DueRow extends WaitingRow {
  readonly id: string;
  readonly requested_seq: number;
}

type Tables = RecordSchema & { s: SubjectsTable };

/** Subjects that are due for one reason, in an order that an index has: the first of them cost no more than they are. */
export type Reason = (db: Queryable, to: Compared) => SelectQueryBuilder<Tables, 's', DueRow>;

/** Asked for and not begun. */
const ASKED: RawBuilder<boolean> = sql`requested_seq > judged_seq AND started_seq = judged_seq`;
/** What a sweep asked for is handed out by `found-subjects`. */
export const ANNOUNCED: RawBuilder<boolean> = sql`${ASKED} AND NOT is_found`;
export const FOUND: RawBuilder<boolean> = sql`${ASKED} AND is_found`;

/** As its indexes have it: it is never less, and "equal" the server takes for rare, and would read all and sort them. */
const PLANNED: RawBuilder<boolean> = sql`next_check_at IS NOT NULL AND requested_seq <= judged_seq`;
/** Waits for the time that the last judgement set. */
export const TIMED: RawBuilder<boolean> = sql`${PLANNED} AND state NOT IN ('final', 'gone')`;
const ABSENT: RawBuilder<boolean> = sql`${PLANNED} AND state = 'gone'`;
const AGAIN: RawBuilder<boolean> = sql`${PLANNED} AND state = 'final'`;

/** Left on record because enough of its repository was in the queue. */
export const left: Reason = (db, to) =>
  inLanes(due(db, 'progress_at').where(ANNOUNCED).where(sql<boolean>`${to.isBehind}`));

/** Known not to have been left: its job was lost. There are few, or some would have been left. */
export const lost: Reason = (db, to) =>
  inLanes(stuck(due(db, 'progress_at').where(ANNOUNCED).where(sql<boolean>`NOT ${to.isBehind}`), to));

/** Begun, and nothing has happened since: the process that was at it is lost. */
export const crashed: Reason = (db, to) =>
  stuck(due(db, 'progress_at').where(sql<boolean>`started_seq > judged_seq`), to).orderBy('s.progress_at');

/** The time the last judgement set has come. */
export const timed: Reason = (db, to) => comesDue(db, to, TIMED);

/**
 * It was not there, and it is time to see whether it is now: behind what was, for whoever can announce can invent any
 * number of images, each in a repository of its own (P6).
 */
export const absent: Reason = (db, to) => comesDue(db, to, ABSENT);

/** It does not pass, and it is time to see whether that still holds. */
export const again: Reason = (db, to) => comesDue(db, to, AGAIN);

/** Planned while the clock was ahead. */
export const timedAhead: Reason = (db, to) => ahead(db, to, TIMED);
export const absentAhead: Reason = (db, to) => ahead(db, to, ABSENT);
export const againAhead: Reason = (db, to) => ahead(db, to, AGAIN);

/** Set aside while their registry was not configured, and now it is. */
export const parked: Reason = (db, to) =>
  due(db, 'progress_at')
    .where('s.state', '=', sql.lit('parked'))
    .where('s.registry_id', '=', sql<string>`any(${to.registryIds})`)
    .whereRef('s.requested_seq', '<=', 's.judged_seq')
    .orderBy('s.registry_id');

/** An artifact that no policy covered, under other policies than these: two, in the order of the index that finds them. */
export const uncoveredBefore: Reason = (db, to) => uncovered(db).where('s.uncovered_by', '<', to.policyRevision);
export const uncoveredAfter: Reason = (db, to) => uncovered(db).where('s.uncovered_by', '>', to.policyRevision);

function due(db: Queryable, by: 'progress_at' | 'next_check_at') {
  return db
    .selectFrom('subjects as s')
    .select(['s.id', 's.requested_seq', 's.registry_id as party', 's.repository', sql<Date>`${sql.ref(by)}`.as('due')]);
}

function inLanes(rows: ReturnType<typeof due>) {
  return rows.orderBy('s.registry_id').orderBy('s.repository').orderBy('s.progress_at');
}

function stuck(rows: ReturnType<typeof due>, to: Compared) {
  return rows
    .where('s.id', '!=', sql<string>`all(${to.inFlight})`)
    .where((eb) => eb.or([eb('s.progress_at', '<=', to.lostBefore), eb('s.progress_at', '>', to.latestPlausible)]));
}

function comesDue(db: Queryable, to: Compared, planned: RawBuilder<boolean>) {
  return awake(due(db, 'next_check_at'), to)
    .where(planned)
    .where('s.next_check_at', '<=', to.now)
    .orderBy('s.next_check_at');
}

function ahead(db: Queryable, to: Compared, planned: RawBuilder<boolean>) {
  return awake(due(db, 'progress_at'), to)
    .where(planned)
    .where('s.progress_at', '>', to.latestPlausible)
    .orderBy('s.progress_at');
}

function awake(rows: ReturnType<typeof due>, to: Compared) {
  return rows.where('s.registry_id', '!=', sql<string>`all(${to.resting})`);
}

function uncovered(db: Queryable) {
  return due(db, 'progress_at')
    .where('s.state', '=', sql.lit('artifact'))
    .whereRef('s.requested_seq', '<=', 's.judged_seq')
    .orderBy('s.uncovered_by');
}
