import { type RawBuilder, sql } from 'kysely';
import type { LimitedBy } from '../../domain/quarantine-limits.ts';
import type { EffectRef } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { toEffectRef } from './effect-ref.ts';

/** The repository of an effect. */
export interface Place {
  readonly registry_id: string;
  readonly repository: string;
}

// Any constant will do as long as all our processes share it: "brkr" in ASCII.
const BREAKER_LOCK = 0x62726b72;

/** Of quarantines that begin at once, each must count those before it: they come in one after the other. */
export async function lockQuarantines(db: Queryable): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${BREAKER_LOCK})`.execute(db);
}

/** Held back by a limit, or asked about again just now. */
const QUEUED: RawBuilder<boolean> = sql`limited_by IS NOT NULL AND state IN ('held', 'sending')`;

/** The limit that holds back others of this repository; `null` if there are none. */
export async function findQueue(
  db: Queryable,
  { id, ...place }: Place & { readonly id: number },
): Promise<LimitedBy | null> {
  const first = await db
    .selectFrom('effects')
    .select('limited_by')
    .where('registry_id', '=', place.registry_id)
    .where('repository', '=', place.repository)
    .where('id', '!=', id)
    .where(QUEUED)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return first?.limited_by ?? null;
}

/** How an effect stands in the line of its repository. */
export interface QueuePosition {
  readonly limited_by: LimitedBy;
  readonly turn_since: Date | null;
  readonly due_at: Date | null;
}

/**
 * Puts a quarantine that a limit holds back into the queue of its repository. The first of a queue is tried again from
 * time to time; the others are not looked at until those before them have ended. So ten thousand of one repository cost
 * no more than one, and delay nobody else.
 */
export async function joinQueue(
  db: Queryable,
  effect: Place & { readonly id: number; readonly turn_since: Date | null },
  held: { readonly limitedBy: LimitedBy; readonly retryAt: Date | null; readonly now: Date },
): Promise<QueuePosition> {
  const { limitedBy: limited_by, retryAt: due_at, now } = held;
  if (effect.turn_since !== null) return { limited_by, turn_since: effect.turn_since, due_at };
  await lockQuarantines(db);
  const isFirst = (await findQueue(db, effect)) === null;
  return { limited_by, turn_since: isFirst ? now : null, due_at: isFirst ? due_at : null };
}

/** Stands in a line, and behind its first. */
const WITHOUT_TURN: RawBuilder<boolean> = sql`e.limited_by IS NOT NULL AND e.state = 'held' AND e.turn_since IS NULL`;

/**
 * Where the first of a queue has ended for whatever reason, makes the oldest that is left the first: in this
 * repository, or in all. Its turn begins now, so that a repository that was just served stands behind all others that
 * wait. Asked in each round: it goes from line to line, however long they are. What is found is then written by its id:
 * in one join the server, which knows little of what has just come, compared each of twenty thousand with all others.
 */
export async function admitNext(db: Queryable, now: Date, place?: Place): Promise<readonly EffectRef[]> {
  const here = place ? sql`AND e.registry_id = ${place.registry_id} AND e.repository = ${place.repository}` : sql``;
  const oldest = (of: RawBuilder<unknown>) => sql`SELECT e.registry_id, e.repository, e.id FROM effects e
    WHERE ${WITHOUT_TURN} ${here} ${of} ORDER BY e.registry_id, e.repository, e.id LIMIT 1`;
  const { rows } = await sql<{ id: number; attempts: number; registry_id: string; repository: string }>`
    WITH RECURSIVE lines AS (
      (${oldest(sql``)})
      UNION ALL
      SELECT next.* FROM lines l, LATERAL (${oldest(sql`AND (e.registry_id, e.repository) > (l.registry_id, l.repository)`)}) next
    )
    UPDATE effects SET turn_since = ${now}, due_at = ${now}
    WHERE state = 'held' AND id = ANY(ARRAY(
      SELECT l.id FROM lines l WHERE NOT EXISTS (
        SELECT FROM effects f WHERE f.registry_id = l.registry_id AND f.repository = l.repository
          AND f.limited_by IS NOT NULL AND f.state IN ('held', 'sending') AND (f.state = 'sending' OR f.turn_since IS NOT NULL))))
    RETURNING id, attempts, registry_id, repository`.execute(db);
  return rows.map((row) => toEffectRef({ ...row, kind: 'quarantine', sink_id: null }));
}

/**
 * How many quarantines each limit holds back. Those of images that are gone do not count, though they keep their turn:
 * when it comes the registry is asked again, and one that is there after all gets its tag.
 */
export async function countHeld(db: Queryable): Promise<Readonly<Record<LimitedBy, number>>> {
  const rows = await db
    .selectFrom('effects')
    .select(({ fn }) => ['limited_by', fn.countAll<number>().as('count')])
    .where(QUEUED)
    // Of each by its key: joined, all that is gone would be read.
    .where(
      (eb) => eb.selectFrom('subjects').select('state').whereRef('subjects.id', '=', 'effects.subject_id'),
      '!=',
      'gone',
    )
    .groupBy('limited_by')
    .execute();
  const held = new Map(rows.map(({ limited_by, count }) => [limited_by, count]));
  return { repository: held.get('repository') ?? 0, registry: held.get('registry') ?? 0, all: held.get('all') ?? 0 };
}
