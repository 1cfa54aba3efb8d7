import { type RawBuilder, sql } from 'kysely';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { SubjectStore } from '../../ports/subject-store.ts';
import type { Database, Queryable } from '../database.ts';
import { buildOnce, type Given } from '../prepare.ts';
import { latestHonest } from './clock-ahead.ts';
import { LOST_AFTER_MS } from './judgement-due.ts';
import { requestNext } from './request-next.ts';

type Context = Parameters<SubjectStore['findDue']>[0];

/**
 * Finds the subjects whose judgement is due, most pressing first, and gives each a fresh sequence: a queue may still
 * hold a failed job under the old one, which would swallow the new. Rows another sweeper holds are left to it.
 */
export async function findDueSubjects(
  database: Database,
  context: Context,
  limit: number,
): Promise<readonly JudgementRef[]> {
  const bounds = boundsOf(context);
  // Asked every few seconds, and nearly always for nothing: one statement says so, and locks nothing.
  const [found] = await database.read((db) => findAny(db, bounds));
  return found?.due ? database.transact((db) => takeDue(db, bounds, limit)) : [];
}

/** What the times and names on record are compared with. */
interface Bounds extends Context {
  readonly lostBefore: Date;
  readonly latestHonest: Date;
}

function boundsOf(context: Context): Bounds {
  const lostBefore = new Date(context.now.getTime() - LOST_AFTER_MS);
  return { ...context, lostBefore, latestHonest: latestHonest(context.now) };
}

/** The same, or what stands for them in a statement. */
type Compared = { readonly [K in keyof Bounds]: Bounds[K] | RawBuilder<Bounds[K]> };

const REASONS = [lost, timed, parked, outdated, uncovered, again];

/**
 * How many images one round looks at again by itself: a few a second. A hundred thousand that fail for one wrong policy
 * must neither reach a registry at once nor keep others from their first look.
 */
const AGAIN_BATCH = 20;

const findAny = buildOnce((db, given: Given<Bounds>) => {
  const compared: Compared = {
    now: given('now'),
    lostBefore: given('lostBefore'),
    latestHonest: given('latestHonest'),
    registryIds: given('registryIds'),
    policyRevision: given('policyRevision'),
    trustEpoch: given('trustEpoch'),
  };
  return db.selectNoFrom((eb) => eb.or(REASONS.map((reason) => eb.exists(reason(db, compared)))).as('due'));
});

async function takeDue(db: Queryable, bounds: Bounds, limit: number): Promise<readonly JudgementRef[]> {
  const ids = new Set<string>();
  for (const reason of REASONS) {
    if (ids.size >= limit) break;
    const most = reason === again ? AGAIN_BATCH : limit;
    const query = reason(db, bounds).limit(Math.min(limit - ids.size, most));
    for (const { id } of await query.forUpdate('s').skipLocked().execute()) ids.add(id);
  }
  const due: JudgementRef[] = [];
  for (const subjectId of ids) due.push({ subjectId, sequence: await requestNext(db, subjectId, bounds.now) });
  return due;
}

/** Asked for, and nothing has happened since: the job was lost, or the process that ran it. */
function lost(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select('s.id')
    .whereRef('s.requested_seq', '>', 's.judged_seq')
    .where((eb) => eb.or([eb('s.progress_at', '<=', to.lostBefore), eb('s.progress_at', '>', to.latestHonest)]))
    .orderBy('s.progress_at');
}

/** The time the last judgement set has come. */
function timed(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select('s.id')
    .whereRef('s.requested_seq', '=', 's.judged_seq')
    .where('s.next_check_at', 'is not', null)
    .where('s.state', '!=', sql.lit('final'))
    .where((eb) => eb.or([eb('s.next_check_at', '<=', to.now), eb('s.progress_at', '>', to.latestHonest)]))
    .orderBy('s.next_check_at');
}

/** It does not pass, and it is time to see whether that still holds. */
function again(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select('s.id')
    .whereRef('s.requested_seq', '=', 's.judged_seq')
    .where('s.next_check_at', 'is not', null)
    .where('s.state', '=', sql.lit('final'))
    .where((eb) => eb.or([eb('s.next_check_at', '<=', to.now), eb('s.progress_at', '>', to.latestHonest)]))
    .orderBy('s.next_check_at');
}

/** Set aside while their registry was not configured, and now it is. */
function parked(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select('s.id')
    .where('s.state', '=', sql.lit('parked'))
    .where('s.registry_id', '=', sql<string>`any(${to.registryIds})`)
    .whereRef('s.requested_seq', '=', 's.judged_seq');
}

/**
 * Judged under a policy or trust that is no longer in force; the longest unlooked-at first. Daemons that number their
 * trust on their own do not undo each other's work for ever: a later epoch is left alone.
 */
function outdated(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .innerJoin('verdicts as v', 'v.subject_id', 's.id')
    .select('s.id')
    .where('v.is_current', '=', sql.lit(true))
    .where((eb) =>
      // Smaller or greater, not "other than": these an index can find, and with every image in order it finds none.
      eb.or([
        eb('v.policy_revision', '<', to.policyRevision),
        eb('v.policy_revision', '>', to.policyRevision),
        eb.and([eb('v.policy_revision', '=', to.policyRevision), eb('v.trust_epoch', '<', to.trustEpoch)]),
      ]),
    )
    .whereRef('s.requested_seq', '=', 's.judged_seq')
    .where('s.state', 'in', ['final', 'waiting'])
    .orderBy('v.judged_at');
}

/** An artifact that no policy covered, under other policies than these. */
function uncovered(db: Queryable, to: Compared) {
  return db
    .selectFrom('subjects as s')
    .select('s.id')
    .where('s.state', '=', sql.lit('artifact'))
    .where((eb) => eb.or([eb('s.uncovered_by', '<', to.policyRevision), eb('s.uncovered_by', '>', to.policyRevision)]))
    .whereRef('s.requested_seq', '=', 's.judged_seq');
}
