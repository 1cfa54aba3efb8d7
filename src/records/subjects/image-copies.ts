import type { Digest } from '../../domain/digest.ts';
import type { ImageCopies } from '../../ports/image-copies.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Database, Queryable } from '../database.ts';
import { selectSubjects, toSubjectRecord } from './subject-row.ts';

/** Creates the search for an image in all repositories. */
export function createImageCopies(database: Database): ImageCopies {
  return { findWithDigest: (digests) => database.run((db) => findWithDigest(db, digests)) };
}

/** One image is copied to a few dozen repositories: more is somebody playing. */
const MAX_COPIES = 1_000;

async function findWithDigest(db: Queryable, digests: readonly Digest[]): Promise<readonly SubjectRecord[]> {
  if (digests.length === 0) return [];
  const rows = await selectSubjects(db)
    .where('s.digest', 'in', digests)
    .where('s.state', 'in', ['pending', 'waiting', 'final'])
    .orderBy('s.first_seen_at', 'desc')
    .limit(MAX_COPIES)
    .execute();
  return rows.map(toSubjectRecord);
}
