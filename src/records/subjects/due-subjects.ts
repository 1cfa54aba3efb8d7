import { type RawBuilder, sql } from 'kysely';
import type { Timings } from '../../domain/timings.ts';
import type { DueWork } from '../../ports/due-work.ts';
import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Database, Queryable } from '../database.ts';
import { createLaneReader, inTurn } from '../lanes.ts';
import { buildOnce, type Given } from '../prepare.ts';
import { readInOrder } from '../read-in-order.ts';
import { latestPlausible } from './clock-ahead.ts';
import {
  ANNOUNCED,
  absent,
  absentAhead,
  again,
  againAhead,
  type Bounds,
  type Compared,
  crashed,
  type DueRow,
  left,
  lost,
  parked,
  type Reason,
  TIMED,
  timed,
  timedAhead,
  uncoveredAfter,
  uncoveredBefore,
} from './due-reasons.ts';
import { laneOf } from './lane-of.ts';
import { createOutdatedReader, isAnyOutdated } from './outdated-subjects.ts';
import { requestRead } from './request-next.ts';

const NOTHING_IN_FLIGHT = {
  isBehind: false,
  inFlight: [] as readonly string[],
  resting: [] as readonly string[],
  leaveOutdated: false,
};

/** Of what waits for its own time, so much is looked at before repositories take turns: what is read and sent in 5 ms. */
const POOL = 1_000;

/**
 * How many images one round looks at again by itself: a few a second. A hundred thousand that fail for one wrong policy
 * must neither reach a registry at once nor keep others from their first look.
 */
const AGAIN_BATCH = 20;

/** Finds what is due for one reason. */
type Find = (db: Queryable, bounds: Bounds, limit: number) => Promise<readonly DueRow[]>;

/** What has a share of its own in what is handed out. */
interface Share {
  /** Whether there is any. */
  isAny(db: Queryable, to: Compared): RawBuilder<boolean>;
  readonly find: Find;
  /** How much of it a round hands out, if that is less than asked for. */
  readonly most?: number;
  /** What was never begun keeps its number: should its job be in the queue all the same, it is that one. */
  readonly keepsNumber?: true;
}

/**
 * Finds the subjects whose judgement is due, most pressing first, and gives each a fresh sequence: a queue may still
 * hold a failed job under the old one, which would swallow the new. Rows another sweeper holds are left to it. However
 * much is due, a round reads a bounded part of it, and the next another.
 */
export function createDueSubjects(
  database: Database,
  { lostAfterMs }: Pick<Timings, 'lostAfterMs'>,
): DueWork['findDue'] {
  // In their order: what waits for its first verdict, what was there before, what has its verdict.
  const shares: readonly Share[] = [
    { ...shareOf(left), find: createFindLeft(), keepsNumber: true },
    shareOf(lost, crashed),
    { ...shareOf(timed, timedAhead), find: createFindTimed() },
    shareOf(absent, absentAhead),
    shareOf(parked),
    outdated('earlier'),
    outdated('later'),
    outdated('older'),
    shareOf(uncoveredBefore, uncoveredAfter),
    { ...shareOf(again, againAhead), most: AGAIN_BATCH },
  ];
  const findWhich = createFindWhich(shares);

  return async (context, limit) => {
    const lostBefore = new Date(context.now.getTime() - lostAfterMs);
    const bounds = { ...NOTHING_IN_FLIGHT, ...context, lostBefore, latestPlausible: latestPlausible(context.now) };
    // Asked every few seconds, and nearly always for nothing: one statement says so, and locks nothing.
    const which = await database.run((db) => findWhich(db, bounds));
    if (which.length === 0) return [];
    return database.transact(async (db) => {
      await readInOrder(db);
      // So many for each reason, for none may keep the others waiting. What one has asked for is due for no other.
      const due: JudgementRef[] = [];
      for (const share of which) due.push(...(await take(db, share, { bounds, limit })));
      return due;
    });
  };
}

async function take(
  db: Queryable,
  { find, most = POOL, keepsNumber }: Share,
  { bounds, limit }: { readonly bounds: Bounds; readonly limit: number },
): Promise<readonly JudgementRef[]> {
  const chosen = inTurn(await find(db, bounds, limit), Math.min(most, limit));
  return keepsNumber ? chosen.map(toRef) : requestRead(db, chosen, bounds.now);
}

/** Creates the question for which of these anything is due. */
function createFindWhich(shares: readonly Share[]): (db: Queryable, bounds: Bounds) => Promise<readonly Share[]> {
  const ask = buildOnce((db, given: Given<Bounds>) => {
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
    const each = shares.map((share) => share.isAny(db, compared));
    return db.selectNoFrom(sql<boolean[]>`ARRAY[${sql.join(each)}]`.as('due'));
  });
  return async (db, bounds) => {
    const [row] = await ask(db, bounds);
    return shares.filter((_, index) => row?.due[index]);
  };
}

const DUE_COLUMNS = ['id', 'requested_seq'];

/** Some of each repository that was not begun, without what is at work already. */
function createFindLeft(): Find {
  const read = createLaneReader<DueRow>({
    table: 'subjects',
    party: 'registry_id',
    where: ANNOUNCED,
    due: sql`progress_at`,
    columns: DUE_COLUMNS,
  });
  return async (db, { isBehind, inFlight }, limit) => {
    if (!isBehind) return [];
    // What is in flight may be all that waits in as many of the lanes.
    const { rows } = await read(db, { most: limit + inFlight.length, only: sql`id <> ALL (${inFlight})` });
    return inTurn(rows, limit);
  };
}

function shareOf(...reasons: readonly Reason[]): Share {
  return {
    // The first in order, which only an index tells: of "any" the server believes that the table soon holds one, and
    // an order right under `EXISTS` it forgets.
    isAny(db, to) {
      const each = reasons.map(
        (reason) => sql<boolean>`EXISTS (SELECT FROM (${reason(db, to).limit(sql.lit(1))}) first)`,
      );
      return sql`(${sql.join(each, sql` OR `)})`;
    },
    find: every(...reasons),
  };
}

function outdated(which: 'earlier' | 'later' | 'older'): Share {
  return { isAny: (_, to) => isAnyOutdated(which, to), find: createOutdatedReader(which) };
}

function every(...reasons: readonly Reason[]): Find {
  return async (db, bounds) => {
    const found: DueRow[] = [];
    for (const reason of reasons) found.push(...(await reason(db, bounds).limit(POOL).execute()));
    return found;
  };
}

/** Where more has come due than is looked at, also the first of each repository: none stands behind another's thousands. */
function createFindTimed(): Find {
  const find = every(timed, timedAhead);
  const read = createLaneReader<DueRow>({
    table: 'subjects',
    party: 'registry_id',
    where: TIMED,
    due: sql`next_check_at`,
    columns: DUE_COLUMNS,
  });
  return async (db, bounds, limit) => {
    const first = await find(db, bounds, limit);
    if (first.length < POOL) return first;
    const only = sql<boolean>`next_check_at <= ${bounds.now}`;
    const { rows } = await read(db, { most: limit, only, without: bounds.resting });
    return [...first, ...rows];
  };
}

function toRef(row: DueRow): JudgementRef {
  return {
    subjectId: row.id,
    sequence: row.requested_seq,
    lane: laneOf({ registry_id: row.party, repository: row.repository ?? '' }),
  };
}
