import { sql } from 'kysely';
import type { FamilyLink } from '../../ports/record-query.ts';
import type { Queryable } from '../database.ts';

// An index lists at most a hundred images that are looked at, and an image lies in few indexes: more is somebody playing.
const MAX_LISTED = 101;
const MAX_PARENTS = 200;

/** Who lists whom among these subjects and all others of their repositories; what was taken for no image is left out. */
export async function readFamilies(db: Queryable, ids: readonly string[]): Promise<readonly FamilyLink[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<FamilyLink>`
    SELECT link.parent_id AS "parentId", link.digest, link.platform, child.id AS "childId",
           coalesce(child.is_build_attestation, false) AS "isBuildAttestation", parent.digest AS "parentDigest"
    FROM (
      SELECT c.* FROM subjects s
        CROSS JOIN LATERAL (SELECT * FROM index_children WHERE parent_id = s.id LIMIT ${MAX_LISTED}) c
        WHERE s.id IN (${sql.join(ids)})
      UNION
      SELECT c.* FROM subjects s
        CROSS JOIN LATERAL (
          SELECT lists.* FROM index_children lists
            JOIN subjects p ON p.id = lists.parent_id
            WHERE lists.digest = s.digest AND p.registry_id = s.registry_id AND p.repository = s.repository
            ORDER BY p.settled_outcome = 'pass' DESC NULLS LAST, p.first_seen_at DESC LIMIT ${MAX_PARENTS}
        ) c
        WHERE s.id IN (${sql.join(ids)})
    ) link
    JOIN subjects parent ON parent.id = link.parent_id
    -- By itself, so that it is found by all of its key: joined, it was looked for among all images of the repository.
    LEFT JOIN LATERAL (
      SELECT * FROM subjects s
      WHERE s.registry_id = parent.registry_id AND s.repository = parent.repository AND s.digest = link.digest OFFSET 0
    ) child ON true
    WHERE child.state IS NULL OR child.state NOT IN ('evidence', 'artifact')
    ORDER BY link.parent_id, link.digest`.execute(db);
  return rows;
}
