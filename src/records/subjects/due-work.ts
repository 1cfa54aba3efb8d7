import type { Timings } from '../../domain/timings.ts';
import type { DueWork } from '../../ports/due-work.ts';
import type { Database } from '../database.ts';
import { findUnresolvedEvents } from '../inbox/unresolved-events.ts';
import { findDueSubjects } from './due-subjects.ts';
import { findEnded } from './find-ended.ts';
import { findFound } from './found-subjects.ts';

/** Creates what the sweeper asks. */
export function createDueWork(database: Database, { lostAfterMs }: Pick<Timings, 'lostAfterMs'>): DueWork {
  return {
    findDue: (context, limit) => findDueSubjects(database, { ...context, lostAfterMs }, limit),
    findFound: (context, most) => database.run((db) => findFound(db, context, most)),
    findEnded: (kind, ids, now) => database.run((db) => findEnded(db, kind, { ids, now })),
    findUnresolvedEvents: (context, limit) => database.run((db) => findUnresolvedEvents(db, context, limit)),
  };
}
