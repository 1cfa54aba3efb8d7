import { sql } from 'kysely';
import type { AskedRepository, Sweep, SweepRecord } from '../../ports/sweep-record.ts';
import type { Queryable } from '../database.ts';
import { renewSweep } from './change-sweep.ts';
import { findAsked } from './find-asked.ts';
import { meetRepositories } from './swept-repositories.ts';
import type { LeaseClock } from './take-sweep.ts';

/** See `SweepRecord.takeAsked`; inside the caller’s transaction. @throws {Error} a defect of ours */
export async function takeAsked(db: Queryable, sweep: Sweep, clock: LeaseClock): Promise<AskedRepository | null> {
  if (!(await renewSweep(db, sweep, clock))) return null;
  const next = await findAsked(db, sweep, clock.now);
  if (next === undefined) return null;
  const [met] = await meetRepositories(db, sweep, [next.repository]);
  if (met === undefined) throw new Error('a repository was met and is not there');
  // What this sweep has seen of it is old by now.
  await db.updateTable('swept_repositories').set({ swept_in: 0 }).where('id', '=', met.id).execute();
  await db.updateTable('swept_tags').set({ seen_in: 0 }).where('repository_id', '=', met.id).execute();
  return { repository: { ...met, isSwept: false }, times: next.times, failures: next.failures };
}

/** See `SweepRecord.endAsked`; inside the caller's transaction. */
export async function endAsked(
  db: Queryable,
  sweep: Sweep,
  { repository, times }: AskedRepository,
  { again, ...clock }: LeaseClock & Pick<Parameters<SweepRecord['endAsked']>[2], 'again'>,
): Promise<boolean> {
  if (!(await renewSweep(db, sweep, clock))) return false;
  const { sourceId, registryId } = sweep;
  const its = sql<boolean>`source_id = ${sourceId} AND registry_id = ${registryId} AND repository = ${repository.name}`;
  if (again !== undefined) {
    const failed = { asked_at: again, failures: sql<number>`failures + 1` };
    await db.updateTable('asked_repositories').set(failed).where(its).execute();
    return true;
  }
  await db.deleteFrom('asked_repositories').where(its).where('times', '=', times).execute();
  await db.updateTable('asked_repositories').set({ asked_at: clock.now, failures: 0 }).where(its).execute();
  return true;
}
