import type { Queryable } from '../database.ts';
import type { Place } from './repository-queues.ts';

/** From when to when, both included. */
export interface Span {
  readonly since: Date;
  readonly until: Date;
}

/** Counts the images whose newest verdict was made in a span: of all, of a registry, or of a repository. Stops at `most`. */
export async function countJudged(
  db: Queryable,
  { since, until }: Span,
  { most, ...place }: Partial<Place> & { readonly most: number },
): Promise<number> {
  if (most === 0) return 0;
  let judged = db
    .selectFrom('subjects')
    // An index has it: the rows themselves need not be read.
    .select('judged_at')
    .where((each) => each.between('judged_at', since, until))
    .limit(most);
  if (place.registry_id !== undefined) judged = judged.where('registry_id', '=', place.registry_id);
  if (place.repository !== undefined) judged = judged.where('repository', '=', place.repository);
  const row = await db
    .selectFrom(judged.as('judged'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}
