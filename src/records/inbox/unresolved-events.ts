import { sql } from 'kysely';
import type { UnresolvedContext, UnresolvedRef } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';
import { buildOnce, type Given } from '../prepare.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';

interface Query extends Required<UnresolvedContext> {
  readonly latestPlausible: Date;
  readonly limit: number;
}

const take = buildOnce((db, given: Given<Query>) =>
  db
    .updateTable('inbox_events')
    .set({ tried_at: given('now') })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('inbox_events as e')
        .innerJoin(inTurn(db, given).as('t'), (join) =>
          // What another sweeper took since this statement began is read anew when it is locked: tried just now.
          join.onRef('t.id', '=', 'e.id').on('t.last', '=', sql<Date>`coalesce(e.tried_at, e.received_at)`),
        )
        .select('e.id')
        .where('e.state', '=', sql.lit('unresolved'))
        .forUpdate('e')
        .skipLocked(),
    )
    .returning(['id', 'registry_id', 'repository']),
);

function inTurn(db: Queryable, given: Given<Query>) {
  const turns = db
    .selectFrom('inbox_events')
    .select('id')
    .select(({ fn }) => fn.coalesce('tried_at', 'received_at').as('last'))
    .select(
      sql<number>`row_number() OVER (PARTITION BY registry_id, repository ORDER BY coalesce(tried_at, received_at))`.as(
        'turn',
      ),
    )
    .where('state', '=', sql.lit('unresolved'))
    .where('registry_id', '=', sql<string>`any(${given('registryIds')})`)
    .where(({ fn, or, and, eb }) => {
      const last = fn.coalesce('tried_at', 'received_at');
      const isLeft = and([eb('tried_at', 'is', null), sql<boolean>`${given('isBehind')}`]);
      return or([eb(last, '<', given('before')), eb(last, '>', given('latestPlausible')), isLeft]);
    });
  return db
    .selectFrom(turns.as('t'))
    .select(['t.id', 't.last'])
    .orderBy('t.turn')
    .orderBy('t.last')
    .limit(given('limit'));
}

/**
 * Finds unresolved events, repositories in turn; in each, the event that was tried longest ago comes first, so that
 * none blocks the others.
 */
export async function findUnresolvedEvents(
  db: Queryable,
  context: UnresolvedContext,
  limit: number,
): Promise<readonly UnresolvedRef[]> {
  const rows = await take(db, { isBehind: false, ...context, latestPlausible: latestPlausible(context.now), limit });
  return rows.map(({ id, registry_id, repository }) => ({
    eventId: String(id),
    lane: { registry: registry_id, repository: repository ?? '' },
  }));
}
