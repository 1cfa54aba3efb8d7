import type { SweepPlace } from '../../ports/sweep-record.ts';
import type { Queryable } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';

/** The repository of this place that was asked for and waits longest; one that a clock put ahead of all others counts. */
export function findAsked(db: Queryable, { sourceId, registryId }: SweepPlace, now: Date) {
  return db
    .selectFrom('asked_repositories')
    .select(['repository', 'times', 'failures'])
    .where('source_id', '=', sourceId)
    .where('registry_id', '=', registryId)
    .where((eb) => eb.or([eb('asked_at', '<=', now), eb('asked_at', '>', latestPlausible(now))]))
    .orderBy('asked_at')
    .limit(1)
    .executeTakeFirst();
}
