import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import { subjectKey } from '../../domain/subject.ts';
import type { KnownImage, MetRepository, SeenTag, Sweep } from '../../ports/sweep-record.ts';
import type { Queryable } from '../database.ts';
import { renewSweep } from './change-sweep.ts';
import type { LeaseClock } from './take-sweep.ts';

/** See `SweepRecord.readTags`. */
export async function readTags(db: Queryable, sweep: Sweep, repository: MetRepository, tags: readonly string[]) {
  const rows = await db
    .selectFrom('swept_tags')
    .select(['tag', 'digest', 'seen_in'])
    .where('repository_id', '=', repository.id)
    .where('tag', '=', sql<string>`any(${tags})`)
    .execute();
  return new Map(rows.map(({ tag, digest, seen_in }) => [tag, { digest, isSeen: seen_in === sweep.number }]));
}

/** See `SweepRecord.keepTags`; inside the caller's transaction. */
export async function keepTags(
  db: Queryable,
  sweep: Sweep,
  {
    repository,
    tags,
    ...clock
  }: LeaseClock & { readonly repository: MetRepository; readonly tags: readonly SeenTag[] },
): Promise<boolean> {
  if (!(await renewSweep(db, sweep, clock))) return false;
  // A list may name one twice; the last word counts.
  const seen = [...new Map(tags.map((each) => [each.tag, each])).values()];
  if (seen.length === 0) return true;
  await db
    .insertInto('swept_tags')
    .columns(['repository_id', 'tag', 'digest', 'seen_in'])
    .expression(
      sql`SELECT ${repository.id}::bigint, tag, digest, ${sweep.number}::integer
        FROM unnest(${seen.map(({ tag }) => tag)}::text[], ${seen.map(({ digest }) => digest)}::text[]) AS t (tag, digest)`,
    )
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'tag'])
        .doUpdateSet((eb) => ({ digest: eb.ref('excluded.digest'), seen_in: eb.ref('excluded.seen_in') })),
    )
    .execute();
  return true;
}

/** See `SweepRecord.findKnown`. */
export async function findKnown(
  db: Queryable,
  place: { readonly registryId: string; readonly repository: string },
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, KnownImage>> {
  if (digests.length === 0) return new Map();
  const ids = [...new Set(digests)].map((digest) => subjectKey({ ...place, digest }));
  const rows = await db
    .selectFrom('subjects')
    .select(['digest', 'tags', 'state'])
    .where('id', '=', sql<string>`any(${ids})`)
    .execute();
  return new Map(rows.map(({ digest, tags, state }) => [digest, { tags, isGone: state === 'gone' }]));
}
