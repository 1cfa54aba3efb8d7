import type { Subject } from '../../domain/subject.ts';
import type { Timings } from '../../domain/timings.ts';
import type { Indexes } from '../../ports/indexes.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Database, Queryable } from '../database.ts';
import { findOpenIndex } from '../inbox/find-open-index.ts';
import { selectSubjects, toSubjectRecord } from './subject-row.ts';

/** Creates the search for the indexes that an image is in, or may be. */
export function createIndexes(database: Database, { lostAfterMs }: Pick<Timings, 'lostAfterMs'>): Indexes {
  return {
    findParents: (subject) => database.run((db) => findParents(db, subject)),
    findOpenIndex: (subject, when) => database.run((db) => findOpenIndex(db, subject, { ...when, lostAfterMs })),
  };
}

// An index has at most a few dozen platforms, and an image lies in few indexes: more is somebody playing.
const MAX_RELATIVES = 200;

async function findParents(db: Queryable, subject: Subject): Promise<readonly SubjectRecord[]> {
  const rows = await selectSubjects(db)
    .innerJoin('index_children as c', 'c.parent_id', 's.id')
    .where('c.digest', '=', subject.digest)
    .where('s.registry_id', '=', subject.registryId)
    .where('s.repository', '=', subject.repository)
    // Those that have passed first: whoever may push can list an image in any number of others.
    .orderBy((eb) => eb.case().when('s.settled_outcome', '=', 'pass').then(0).else(1).end())
    .orderBy('s.first_seen_at', 'desc')
    .limit(MAX_RELATIVES)
    .execute();
  return rows.map(toSubjectRecord);
}
