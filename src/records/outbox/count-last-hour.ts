import { type RawBuilder, sql } from 'kysely';
import { judgedToTell, type QuarantineLimit } from '../../domain/quarantine-limits.ts';
import type { BreakerSettings } from '../../ports/effect-outbox.ts';
import type { HourOfSeveral, LastHour } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import { countJudged, type Span } from './count-judged.ts';
import { findQueue, type Place } from './repository-queues.ts';

const HOUR_MS = 3_600_000;
const FULLEST = 3;
/** Where no limit says where to stop. */
const EVERY = Number.MAX_SAFE_INTEGER;

/** When it is asked, and by what limits. */
export interface AskedHour extends BreakerSettings {
  readonly now: Date;
}

/** A quarantine that was just begun. */
interface Begun extends Place {
  readonly id: number;
  readonly subject_id: string;
  /** Since when its repository has had its turn; `null` if it has just come. */
  readonly turn_since: Date | null;
}

/**
 * Counts what the breaker looks at, for one effect that was just begun and is left out. What is rehearsed counts for what
 * is rehearsed, as if it had been written; it must hold back no write that is made.
 */
export async function countLastHour(
  db: Queryable,
  effect: Begun,
  { now, rehearsing = [], limits }: AskedHour,
): Promise<LastHour> {
  const isRehearsal = rehearsing.includes(effect.registry_id);
  const leftOut = isRehearsal ? [] : rehearsing;
  const span = { since: new Date(now.getTime() - HOUR_MS), until: latestPlausible(now) };
  const counts = isRehearsal ? sql<boolean>`true` : NOT_REHEARSED;
  const written = await countQuarantines(db, effect, { ...span, leftOut, counts });
  const { registry_id, repository } = effect;
  const inRegistry = written.filter((each) => each.registryId === registry_id);
  const inRepository = inRegistry.filter((each) => each.repository === repository);
  const judged = (of: Written, limit: QuarantineLimit | undefined, place: Partial<Place>) =>
    countJudged(db, span, { ...place, most: limit === undefined ? EVERY : judgedToTell(sum(of), limit) });
  const waiting = { before: effect.turn_since ?? now, leftOut };
  const ahead = await countAhead(db, effect, { ...waiting, most: limits?.perHour ?? EVERY });
  const aheadInRegistry = await countAhead(db, effect, {
    ...waiting,
    most: limits?.perRegistry.perHour ?? EVERY,
    of: registry_id,
  });
  return {
    ...toHour(written, ahead, await judged(written, limits, {})),
    registry: toHour(inRegistry, aheadInRegistry, await judged(inRegistry, limits?.perRegistry, { registry_id })),
    repository: {
      quarantines: sum(inRepository),
      judged: await judged(inRepository, limits?.perRepository, { registry_id, repository }),
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
  /** Registries whose writes do not count, because they are only rehearsed. */
  readonly leftOut: readonly string[];
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
    .where('kind', '=', sql.lit('quarantine'))
    .where('id', '!=', id)
    .where((each) => {
      const wasDone = each.and([each('state', '=', sql.lit('done')), each.between('done_at', since, until), counts]);
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

interface Waiting {
  readonly before: Date;
  readonly leftOut: readonly string[];
  readonly most: number;
  /** Of this registry alone. */
  readonly of?: string;
}

/**
 * Counts the repositories that have waited longer than this one for a limit that several share. A new one waits behind
 * all others.
 */
async function countAhead(
  db: Queryable,
  { id }: Begun,
  { before, leftOut, most, of: registryId }: Waiting,
): Promise<number> {
  let waiting = db
    .selectFrom('effects')
    .select('id')
    // As the indexes say it that find it.
    .where('state', '=', sql.lit('held'))
    .where('turn_since', 'is not', null)
    .where(notOf(leftOut))
    .where(sql<boolean>`(turn_since, id) < (${before}, ${id})`)
    .limit(most);
  waiting =
    registryId === undefined
      ? waiting.where('limited_by', '=', sql.lit('all'))
      : waiting.where(sql<boolean>`limited_by IN ('registry', 'all')`).where('registry_id', '=', registryId);
  const row = await db
    .selectFrom(waiting.as('waiting'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

async function countWrites(
  db: Queryable,
  { id, subject_id }: Begun,
  { since, until, counts }: Omit<Counted, 'leftOut'>,
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
