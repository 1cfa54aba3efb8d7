import type { Timings } from '../../domain/timings.ts';
import type { DueWork } from '../../ports/due-work.ts';
import type { Database } from '../database.ts';
import { createFindUnresolved } from '../inbox/unresolved-events.ts';
import { readInOrder } from '../read-in-order.ts';
import { createDueSubjects } from './due-subjects.ts';
import { findEnded } from './find-ended.ts';
import { createFindFound } from './found-subjects.ts';

/** Creates what the sweeper asks. */
export function createDueWork(database: Database, timings: Pick<Timings, 'lostAfterMs'>): DueWork {
  const findFound = createFindFound();
  const findUnresolved = createFindUnresolved();
  return {
    findDue: createDueSubjects(database, timings),
    findFound: (context, most) => database.run((db) => findFound(db, context, most)),
    findEnded: (kind, ids, now) => database.run((db) => findEnded(db, kind, { ids, now })),
    findUnresolvedEvents: (context, limit) =>
      database.transact(async (trx) => {
        await readInOrder(trx);
        return findUnresolved(trx, context, limit);
      }),
  };
}
