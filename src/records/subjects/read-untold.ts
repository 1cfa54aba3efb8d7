import { sql } from 'kysely';
import type { UntoldCause, UntoldImage } from '../../ports/untold-query.ts';
import type { Queryable } from '../database.ts';

/** See `UntoldQuery.countUntold`. */
export async function countUntold(db: Queryable): Promise<readonly UntoldCause[]> {
  const rows = await db
    .selectFrom('subjects')
    .select((eb) => [
      'registry_id',
      eb.fn.coalesce('untold_by', sql.lit('COULD_NOT_TELL')).as('code'),
      eb.fn.countAll<number>().as('count'),
      eb.fn.min<Date>('untold_since').as('since'),
    ])
    .where('untold_since', 'is not', null)
    .groupBy(['registry_id', 'untold_by'])
    .orderBy('registry_id')
    .orderBy('untold_by')
    .execute();
  return rows.map(({ registry_id, code, count, since }) => ({
    registryId: registry_id,
    code,
    count: Number(count),
    since,
  }));
}

const MAX_PAGE = 500;

/** See `UntoldQuery.readUntold`. */
export async function readUntold(db: Queryable, most: number): Promise<readonly UntoldImage[]> {
  const rows = await db
    .with('untold', (cte) =>
      cte
        .selectFrom('subjects')
        .select([
          'id',
          'registry_id',
          'repository',
          'digest',
          'tags',
          'untold_by',
          'untold_since',
          'next_check_at',
          sql<number>`row_number() OVER (PARTITION BY registry_id, repository ORDER BY untold_since DESC, id)`.as(
            'place',
          ),
        ])
        .where('untold_since', 'is not', null),
    )
    .selectFrom('untold as u')
    .leftJoin('verdicts as v', (join) => join.onRef('v.subject_id', '=', 'u.id').on('v.is_current', '=', true))
    .select(['u.registry_id', 'u.repository', 'u.digest', 'u.tags', 'u.untold_by', 'u.untold_since', 'u.next_check_at'])
    .select('v.verdict')
    .orderBy('u.place')
    .orderBy('u.untold_since', 'desc')
    .orderBy('u.id')
    .limit(Math.min(Math.max(Math.trunc(most), 1), MAX_PAGE))
    .execute();
  return rows.flatMap((row) =>
    row.untold_since === null
      ? []
      : [
          {
            registryId: row.registry_id,
            repository: row.repository,
            digest: row.digest,
            tags: row.tags,
            code: row.untold_by ?? 'COULD_NOT_TELL',
            reason: row.verdict?.reason ?? '',
            since: row.untold_since,
            nextCheckAt: row.next_check_at,
          },
        ],
  );
}
