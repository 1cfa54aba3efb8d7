import { sql } from 'kysely';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { type SubjectRow, selectSubjects } from './subject-row.ts';

/** A tag in a repository. */
export interface PlacedTag {
  readonly registryId: string;
  readonly repository: string;
  readonly tag: string;
}

interface PlacedTags {
  readonly registryIds: readonly string[];
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
}

const find = prepare('find_marked', (db, given: Given<PlacedTags>) =>
  selectSubjects(db)
    .innerJoinLateral(
      sql<{ place: number; subject_id: string }>`(
        SELECT asked.place, bearer.id AS subject_id
        FROM unnest(${given('registryIds')}::text[], ${given('repositories')}::text[], ${given('tags')}::text[])
          WITH ORDINALITY AS asked(registry_id, repository, tag, place)
        CROSS JOIN LATERAL (
          SELECT m.id FROM (
            SELECT marked.id FROM subjects marked
            WHERE marked.registry_id = asked.registry_id AND marked.repository = asked.repository
              AND marked.mark_tag = asked.tag
            UNION
            SELECT e.subject_id FROM effects e
            WHERE e.tag = asked.tag AND e.kind IN ('quarantine', 'release') AND e.state IN ('sending', 'done')
          ) named JOIN subjects m ON m.id = named.id
          WHERE m.registry_id = asked.registry_id AND m.repository = asked.repository
          -- Whose mark it is before whose mark it was.
          ORDER BY m.mark = 'quarantined' AND m.mark_tag IS NOT DISTINCT FROM asked.tag DESC, m.marked_at DESC NULLS LAST
          LIMIT 1) bearer)`.as('found'),
      (join) => join.onRef('found.subject_id', '=', 's.id'),
    )
    .select('found.place'),
);

/**
 * Finds who carries these tags of ours, each in its repository. Looks at the marks recorded, and at the writes begun: a
 * registry may announce our own tag before its answer to the write has reached the record.
 */
export async function findMarkedAll(
  db: Queryable,
  tags: readonly PlacedTag[],
): Promise<readonly (SubjectRow | undefined)[]> {
  const rows = await find(db, {
    registryIds: tags.map(({ registryId }) => registryId),
    repositories: tags.map(({ repository }) => repository),
    tags: tags.map(({ tag }) => tag),
  });
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return tags.map((_, index) => byPlace.get(index + 1));
}

/** Finds who carries one. */
export async function findMarked(db: Queryable, tag: PlacedTag): Promise<SubjectRow | undefined> {
  const [row] = await findMarkedAll(db, [tag]);
  return row;
}
