import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import { subjectKey } from '../../domain/subject.ts';
import type { Queryable } from '../database.ts';
import { lockSubjects } from '../subjects/subject-row.ts';

/** Images of one repository to which a tag led that is not listed any more. */
export interface Vanished {
  readonly registryId: string;
  readonly repository: string;
  readonly digests: readonly Digest[];
}

/**
 * Asks for a look at each that is judged and waits for none: a list that lacks an image proves nothing, the registry
 * is asked for its digest. Behind all that was announced, as everything a sweep asks for.
 */
export async function lookForVanished(db: Queryable, { registryId, repository, digests }: Vanished, now: Date) {
  if (digests.length === 0) return;
  const ids = digests.map((digest) => subjectKey({ registryId, repository, digest }));
  await lockSubjects(db, ids);
  await db
    .updateTable('subjects')
    .set((eb) => ({ requested_seq: eb('requested_seq', '+', 1), progress_at: now, is_found: true }))
    .where('id', '=', sql<string>`any(${ids})`)
    .where('state', '=', 'final')
    .whereRef('requested_seq', '=', 'judged_seq')
    .execute();
}
