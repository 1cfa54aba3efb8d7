import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import { storableText } from '../../kit/storable-json.ts';
import type { MetRepository, Sweep } from '../../ports/sweep-record.ts';
import type { Queryable } from '../database.ts';
import { renewSweep } from './change-sweep.ts';
import { lookForVanished } from './look-for-vanished.ts';
import type { LeaseClock } from './take-sweep.ts';

/** See `SweepRecord.meet`. */
export async function meetRepositories(
  db: Queryable,
  sweep: Sweep,
  names: readonly string[],
): Promise<readonly MetRepository[]> {
  if (names.length === 0) return [];
  const { sourceId, registryId, number, isBaseline } = sweep;
  // A list may name one twice.
  const values = [...new Set(names)].map((name) => ({
    source_id: sourceId,
    registry_id: registryId,
    name: storableText(name),
    met_in: number,
    is_baseline: isBaseline,
  }));
  const rows = await db
    .insertInto('swept_repositories')
    .values(values)
    .onConflict((conflict) => conflict.columns(['source_id', 'registry_id', 'name']).doUpdateSet({ met_in: number }))
    .returning(['id', 'name', 'swept_in', 'is_baseline'])
    .execute();
  const met = new Map(rows.map((row) => [row.name, row]));
  return values.flatMap(({ name }) => {
    const row = met.get(name);
    return row === undefined
      ? []
      : [{ id: row.id, name, isSwept: row.swept_in === number, isBaseline: row.is_baseline }];
  });
}

/** See `SweepRecord.endRepository`; inside the caller's transaction. */
export async function endRepository(
  db: Queryable,
  sweep: Sweep,
  { repository, isWhole, ...clock }: LeaseClock & { readonly repository: MetRepository; readonly isWhole: boolean },
): Promise<boolean> {
  if (!(await renewSweep(db, sweep, clock))) return false;
  if (isWhole) {
    const digests = await forgetUnseen(db, sweep, repository.id);
    await lookForVanished(db, { registryId: sweep.registryId, repository: repository.name, digests }, clock.now);
  }
  await db
    .updateTable('swept_repositories')
    .set({ swept_in: sweep.number, is_baseline: false })
    .where('id', '=', repository.id)
    .execute();
  return true;
}

/** Forgets the tags this sweep has not seen; returns where they led and no other does. */
async function forgetUnseen(db: Queryable, { number }: Sweep, repositoryId: number): Promise<readonly Digest[]> {
  const rows = await db
    .with('forgotten', (cte) =>
      cte
        .deleteFrom('swept_tags')
        .where('repository_id', '=', repositoryId)
        .where('seen_in', '<', number)
        .returning('digest'),
    )
    .selectFrom('forgotten')
    .select('digest')
    .distinct()
    .where('digest', 'not in', (eb) =>
      eb
        .selectFrom('swept_tags')
        .select('swept_tags.digest')
        .where('repository_id', '=', repositoryId)
        .where('seen_in', '>=', number),
    )
    .execute();
  return rows.map(({ digest }) => digest);
}

/** Repositories forgotten in one statement: each may hold thousands of tags. */
const FORGOTTEN_AT_ONCE = 20;

/** Forgets repositories that this sweep, which has come through, was not told of; true while there may be more. */
export async function forgetRepositories(db: Queryable, sweep: Sweep, now: Date): Promise<boolean> {
  const { sourceId, registryId, number } = sweep;
  const lost = await db
    .selectFrom('swept_repositories')
    .select(['id', 'name'])
    .where('source_id', '=', sourceId)
    .where('registry_id', '=', registryId)
    .where('met_in', '<', number)
    .limit(FORGOTTEN_AT_ONCE)
    .execute();
  for (const { id, name } of lost) {
    await lookForVanished(db, { registryId, repository: name, digests: await forgetUnseen(db, sweep, id) }, now);
  }
  const ids = lost.map(({ id }) => id);
  await db.deleteFrom('swept_repositories').where('id', '=', sql<number>`any(${ids})`).execute();
  return lost.length === FORGOTTEN_AT_ONCE;
}
