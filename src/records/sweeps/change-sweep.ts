import type { Updateable } from 'kysely';
import type { Sweep, SweepCounts } from '../../ports/sweep-record.ts';
import type { Queryable } from '../database.ts';
import type { SweepsTable } from '../schema.ts';
import { type LeaseClock, leaseEnd } from './take-sweep.ts';

type Change = Updateable<SweepsTable>;

/** Writes to a sweep as long as it is still the caller's, and adds to its figures; false if it is not. */
export async function changeSweep(
  db: Queryable,
  { sourceId, registryId, fence }: Sweep,
  change: Change,
  counts: SweepCounts = NOTHING,
): Promise<boolean> {
  const changed = await db
    .updateTable('sweeps')
    .set((eb) => ({
      ...change,
      repositories: eb('repositories', '+', counts.repositories),
      tags: eb('tags', '+', counts.tags),
      found: eb('found', '+', counts.found),
      faults: eb('faults', '+', counts.faults),
    }))
    .where('source_id', '=', sourceId)
    .where('registry_id', '=', registryId)
    .where('fence', '=', fence)
    .where('owner', 'is not', null)
    .returning('fence')
    .execute();
  return changed.length > 0;
}

const NOTHING: SweepCounts = { repositories: 0, tags: 0, found: 0, faults: 0 };

/** Keeps it for another while. */
export function renewSweep(db: Queryable, sweep: Sweep, clock: LeaseClock): Promise<boolean> {
  return changeSweep(db, sweep, { lease_until: leaseEnd(clock) });
}

/** Lets go of it. */
export const LET_GO: Change = { owner: null, lease_until: null };
