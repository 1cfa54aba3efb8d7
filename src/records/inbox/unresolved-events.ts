import { type RawBuilder, sql } from 'kysely';
import type { DueWork, UnresolvedContext } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';
import { createLaneReader, inTurn, type WaitingRow } from '../lanes.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';

/** Of those that were tried, or lost, so many are looked at before repositories take turns. */
const POOL = 1_000;

const LAST: RawBuilder<Date> = sql`coalesce(tried_at, received_at)`;

/**
 * Creates the search for unresolved events, repositories in turn; in each, the event that was tried longest ago comes
 * first, so that none blocks the others.
 */
export function createFindUnresolved(): (
  db: Queryable,
  ...asked: Parameters<DueWork['findUnresolvedEvents']>
) => ReturnType<DueWork['findUnresolvedEvents']> {
  const readUntried = createLaneReader<WaitingRow>({
    table: 'inbox_events',
    party: 'registry_id',
    where: sql`state = 'unresolved' AND tried_at IS NULL`,
    due: sql`received_at`,
    columns: ['id'],
  });
  return async (db, { isBehind = false, ...context }, limit) => {
    const only = sql<boolean>`registry_id = ANY (${context.registryIds})`;
    const untried = isBehind ? (await readUntried(db, { most: limit, only })).rows : [];
    const chosen = inTurn([...untried, ...(await readTried(db, context))], limit);
    const taken = await take(db, chosen, context.now);
    return taken.map(({ id, registry_id, repository }) => ({
      eventId: String(id),
      lane: { registry: registry_id, repository: repository ?? '' },
    }));
  };
}

/** Each registry's by itself: one that is not configured any more, or never answers, keeps no other waiting. */
async function readTried(
  db: Queryable,
  { before, now, registryIds }: UnresolvedContext,
): Promise<readonly WaitingRow[]> {
  const of = (when: RawBuilder<boolean>) => sql`
    (SELECT id, registry_id AS party, repository, ${LAST} AS due FROM inbox_events
      WHERE state = 'unresolved' AND registry_id = r.id AND ${when} ORDER BY ${LAST} LIMIT ${sql.lit(POOL)})`;
  const { rows } = await sql<WaitingRow>`
    SELECT w.* FROM unnest(${registryIds}::text[]) AS r (id) CROSS JOIN LATERAL (
      ${of(sql`${LAST} < ${before}`)} UNION ALL ${of(sql`${LAST} > ${latestPlausible(now)}`)}) w`.execute(db);
  return rows;
}

interface TakenRow {
  readonly id: number;
  readonly registry_id: string;
  readonly repository: string | null;
}

/** Notes the try; what another sweeper has taken since it was read was tried just now, and is left to it. */
async function take(db: Queryable, chosen: readonly WaitingRow[], now: Date): Promise<readonly TakenRow[]> {
  if (chosen.length === 0) return [];
  const ids = chosen.map(({ id }) => id);
  const times = chosen.map(({ due }) => due);
  const { rows } = await sql<TakenRow>`
    UPDATE inbox_events SET tried_at = ${now} WHERE id IN (
      SELECT e.id FROM inbox_events e JOIN unnest(${ids}::bigint[], ${times}::timestamptz[]) AS c (id, last)
        ON e.id = c.id AND coalesce(e.tried_at, e.received_at) = c.last
      WHERE e.id = ANY (${ids}::bigint[]) AND e.state = 'unresolved' FOR UPDATE OF e SKIP LOCKED)
    RETURNING id, registry_id, repository`.execute(db);
  return rows;
}
