import { sql } from 'kysely';
import type { SubjectStore } from '../../ports/subject-store.ts';
import type { Queryable } from '../database.ts';
import { buildOnce, type Given } from '../prepare.ts';
import { latestHonest } from '../subjects/clock-ahead.ts';

type Context = Parameters<SubjectStore['findUnresolvedEvents']>[0];

interface Query extends Context {
  readonly latestHonest: Date;
  readonly limit: number;
}

const take = buildOnce((db, given: Given<Query>) =>
  db
    .updateTable('inbox_events')
    .set({ tried_at: given('now') })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('inbox_events')
        .select('id')
        .where('state', '=', sql.lit('unresolved'))
        .where('registry_id', '=', sql<string>`any(${given('registryIds')})`)
        .where(({ fn, or }) => {
          const last = fn.coalesce('tried_at', 'received_at');
          return or([eb(last, '<', given('before')), eb(last, '>', given('latestHonest'))]);
        })
        .orderBy(({ fn }) => fn.coalesce('tried_at', 'received_at'))
        .limit(given('limit'))
        .forUpdate()
        .skipLocked(),
    )
    .returning('id'),
);

/** In turn: the one that was tried longest ago comes first, so that none stands in the way of the others. */
export async function findUnresolvedEvents(db: Queryable, context: Context, limit: number): Promise<readonly string[]> {
  const rows = await take(db, { ...context, latestHonest: latestHonest(context.now), limit });
  return rows.map((row) => String(row.id));
}
