import { sql } from 'kysely';
import type { Hearing, HearingRecord } from '../../ports/hearing-record.ts';
import type { Database, Queryable } from '../database.ts';

/** Decided in one statement. */
const AT_ONCE = 1_000;

/** Creates the comparison of what was found with what was announced. */
export function createHearingRecord(database: Database): HearingRecord {
  return {
    settle: (before) => database.run((db) => settle(db, before)),
    read: (registryIds) => database.run((db) => Promise.all(registryIds.map((id) => readHearing(db, id)))),
    noteTold: (registryId, isTold, now) => database.run((db) => noteTold(db, { registryId, isTold, now })),
  };
}

async function settle(db: Queryable, before: Date): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .updateTable('inbox_events as f')
    .set({
      found: sql<'announced' | 'unannounced'>`CASE WHEN EXISTS (
          SELECT FROM inbox_events e WHERE e.subject_id = f.subject_id AND e.found IS NULL AND e.tag IS NOT DISTINCT FROM f.tag
        ) THEN 'announced' ELSE 'unannounced' END`,
    })
    .where('f.id', 'in', (eb) =>
      eb
        .selectFrom('inbox_events')
        .select('id')
        .where('found', '=', 'unheard')
        .where('received_at', '<=', before)
        .orderBy('received_at')
        .limit(AT_ONCE)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['f.registry_id', 'f.found'])
    .execute();
  const unannounced = Map.groupBy(
    rows.filter(({ found }) => found === 'unannounced'),
    (row) => row.registry_id,
  );
  return new Map([...unannounced].map(([id, of]) => [id, of.length]));
}

async function readHearing(db: Queryable, registryId: string): Promise<Hearing> {
  const last = await db
    .selectFrom('inbox_events')
    .select(['id', 'received_at'])
    .where('registry_id', '=', registryId)
    .where('found', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { count } = await db
    .selectFrom('inbox_events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('registry_id', '=', registryId)
    .where('found', '=', 'unannounced')
    .where('id', '>', last?.id ?? 0)
    .executeTakeFirstOrThrow();
  const told = await db
    .selectFrom('notice_turns')
    .select('trouble')
    .where('trouble', '=', toldName(registryId))
    .executeTakeFirst();
  return {
    registryId,
    lastEventAt: last?.received_at ?? null,
    unannounced: Number(count),
    isTold: told !== undefined,
  };
}

/** Kept among the turns under a name of its own, until the registry announces pushes again. */
function toldName(registryId: string): string {
  return `announces nothing: ${registryId}`;
}

async function noteTold(
  db: Queryable,
  { registryId, isTold, now }: { readonly registryId: string; readonly isTold: boolean; readonly now: Date },
): Promise<void> {
  const trouble = toldName(registryId);
  if (isTold) {
    const row = { trouble, taken_at: now };
    await db
      .insertInto('notice_turns')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  } else await db.deleteFrom('notice_turns').where('trouble', '=', trouble).execute();
}
