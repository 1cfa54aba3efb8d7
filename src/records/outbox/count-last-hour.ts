import { type RawBuilder, sql } from 'kysely';
import { SHARE_SPARES } from '../../domain/quarantine-limits.ts';
import type { HourOfSeveral, LastHour } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import { findQueue, type Place } from './repository-queues.ts';

const HOUR_MS = 3_600_000;
const FULLEST = 3;

/** A quarantine that was just begun. */
interface Begun extends Place {
  readonly id: number;
  readonly subject_id: string;
  /** Since when its repository has had its turn; `null` if it has just come. */
  readonly turn_since: Date | null;
}

interface Span {
  readonly since: Date;
  readonly until: Date;
  /** Registries whose writes do not count, because they are only rehearsed. */
  readonly leftOut: readonly string[];
}

/**
 * Counts what the breaker looks at, for one effect that was just begun and is left out. What is rehearsed counts for what
 * is rehearsed, as if it had been written; it must hold back no write that is made.
 */
export async function countLastHour(
  db: Queryable,
  effect: Begun,
  { now, rehearsing }: { readonly now: Date; readonly rehearsing: readonly string[] },
): Promise<LastHour> {
  const isRehearsal = rehearsing.includes(effect.registry_id);
  const leftOut = isRehearsal ? [] : rehearsing;
  const span = { since: new Date(now.getTime() - HOUR_MS), until: latestPlausible(now), leftOut };
  const counts = isRehearsal ? sql<boolean>`true` : NOT_REHEARSED;
  const written = await countQuarantines(db, effect, { ...span, counts });
  const ahead = await countAhead(db, effect, { now, leftOut });
  const { registry_id, repository } = effect;
  const inRegistry = written.filter((each) => each.registryId === registry_id);
  const inRepository = inRegistry.filter((each) => each.repository === repository);
  return {
    ...toHour(written, ahead.all, await countJudged(db, span)),
    registry: toHour(inRegistry, ahead.registry, await countJudgedIn(db, span, { of: inRegistry, registry_id })),
    repository: {
      quarantines: sum(inRepository),
      judged: await countJudgedIn(db, span, { of: inRepository, registry_id, repository }),
    },
    behind: effect.turn_since === null ? await findQueue(db, effect) : null,
    writesOfSubject: await countWrites(db, effect, { ...span, counts }),
  };
}

type Written = HourOfSeveral['fullest'];

function toHour(written: Written, ahead: number, judged: number): HourOfSeveral {
  return { quarantines: sum(written), judged, ahead, fullest: written.slice(0, FULLEST) };
}

function sum(written: Written): number {
  return written.reduce((total, { quarantines }) => total + quarantines, 0);
}

const NOT_REHEARSED: RawBuilder<boolean> = sql`result IS DISTINCT FROM 'rehearsed'`;

interface Counted extends Span {
  /** Which of the writes that are done count. */
  readonly counts: RawBuilder<boolean>;
}

/** The quarantines of the hour by repository, most first. */
async function countQuarantines(
  db: Queryable,
  { id }: Begun,
  { since, until, leftOut, counts }: Counted,
): Promise<Written> {
  return db
    .selectFrom('effects')
    .select(({ fn }) => ['registry_id as registryId', 'repository', fn.countAll<number>().as('quarantines')])
    .where('kind', '=', 'quarantine')
    .where('id', '!=', id)
    .where((each) => {
      const wasDone = each.and([each('state', '=', 'done'), each.between('done_at', since, until), counts]);
      // One that is being written may have been written already.
      const isDoing = each.and([
        each('state', '=', 'sending'),
        each.between('started_at', since, until),
        notOf(leftOut),
      ]);
      return each.or([wasDone, isDoing]);
    })
    .groupBy(['registry_id', 'repository'])
    .orderBy('quarantines', 'desc')
    .orderBy('registry_id')
    .orderBy('repository')
    .execute();
}

function notOf(registryIds: readonly string[]): RawBuilder<boolean> {
  return registryIds.length === 0 ? sql`true` : sql`registry_id <> ALL(${sql.val([...registryIds])})`;
}

/**
 * Counts the repositories that have waited longer than this one for a limit that several share. A new one waits behind
 * all others.
 */
async function countAhead(
  db: Queryable,
  effect: Begun,
  { now, leftOut }: { readonly now: Date; readonly leftOut: readonly string[] },
): Promise<{ all: number; registry: number }> {
  const row = await db
    .selectFrom('effects')
    .select(({ fn }) => [
      fn.countAll<number>().filterWhere('limited_by', '=', 'all').as('all'),
      fn
        .countAll<number>()
        .filterWhere('limited_by', 'in', ['registry', 'all'])
        .filterWhere('registry_id', '=', effect.registry_id)
        .as('registry'),
    ])
    .where('state', '=', 'held')
    .where('turn_since', 'is not', null)
    .where(notOf(leftOut))
    .where(sql<boolean>`(turn_since, id) < (${effect.turn_since ?? now}, ${effect.id})`)
    .executeTakeFirstOrThrow();
  return row;
}

async function countJudged(db: Queryable, { since, until }: Span): Promise<number> {
  const row = await db
    .selectFrom('verdicts')
    .select(({ fn }) => fn.count<number>('subject_id').distinct().as('count'))
    .where((each) => each.between('judged_at', since, until))
    .executeTakeFirstOrThrow();
  return row.count;
}

interface Within {
  readonly of: Written;
  readonly registry_id: string;
  readonly repository?: string;
}

/** Far more than any share of a sane limit needs to know. */
const MOST_JUDGED = 100_000;

/** Images of one registry or repository, by their newest verdicts: each has one. */
async function countJudgedIn(db: Queryable, { since, until }: Span, { of, ...place }: Within): Promise<number> {
  if (sum(of) < SHARE_SPARES) return 0;
  let judged = db
    .selectFrom('verdicts as v')
    .innerJoin('subjects as s', 's.id', 'v.subject_id')
    .select('v.id')
    .where('v.is_current', '=', true)
    .where((each) => each.between('v.judged_at', since, until))
    .where('s.registry_id', '=', place.registry_id)
    .limit(MOST_JUDGED);
  if (place.repository !== undefined) judged = judged.where('s.repository', '=', place.repository);
  const row = await db
    .selectFrom(judged.as('judged'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

async function countWrites(
  db: Queryable,
  { id, subject_id }: Begun,
  { since, until, counts }: Counted,
): Promise<number> {
  const row = await db
    .selectFrom('effects')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('subject_id', '=', subject_id)
    .where('kind', 'in', ['quarantine', 'release'])
    .where('id', '!=', id)
    .where('state', '=', 'done')
    .where((each) => each.and([each.between('done_at', since, until), counts]))
    .executeTakeFirstOrThrow();
  return row.count;
}
