// The room `records/sweeps`: how far the inventory of each registry has been gone through.

import type { Timings } from '../../domain/timings.ts';
import type { Sweep, SweepRecord, SweepStatus } from '../../ports/sweep-record.ts';
import type { Database, Queryable } from '../database.ts';
import { endAsked, takeAsked } from './asked-repositories.ts';
import { changeSweep, LET_GO, renewSweep } from './change-sweep.ts';
import { endRepository, forgetRepositories, meetRepositories } from './swept-repositories.ts';
import { findKnown, keepTags, readTags } from './swept-tags.ts';
import { type LeaseClock, leaseEnd, takeSweep } from './take-sweep.ts';

/** Creates the memory of sweeps. */
export function createSweepRecord(database: Database, { sweepLeaseMs }: Pick<Timings, 'sweepLeaseMs'>): SweepRecord {
  const clockAt = (now: Date): LeaseClock => ({ now, leaseMs: sweepLeaseMs });
  return {
    take: (place, context) =>
      database.transact((trx) => takeSweep(trx, place, { ...context, ...clockAt(context.now) })),
    renew: (sweep, now) => database.run((db) => renewSweep(db, sweep, clockAt(now))),
    meet: (sweep, names) => database.run((db) => meetRepositories(db, sweep, names)),
    readTags: (sweep, repository, tags) => database.run((db) => readTags(db, sweep, repository, tags)),
    findKnown: (place, digests) => database.run((db) => findKnown(db, place, digests)),
    keepTags: (sweep, repository, tags, now) =>
      database.transact((trx) => keepTags(trx, sweep, { ...clockAt(now), repository, tags })),
    endRepository: (sweep, repository, { isWhole, now }) =>
      database.transact((trx) => endRepository(trx, sweep, { ...clockAt(now), repository, isWhole })),
    turnPage: (sweep, next, { counts, now }) =>
      database.run((db) =>
        changeSweep(db, sweep, { next_page: next, lease_until: leaseEnd(clockAt(now)), failures: 0 }, counts),
      ),
    end: (sweep, progress) => endSweep(database, sweep, { ...progress, ...clockAt(progress.now) }),
    takeAsked: (sweep, now) => database.transact((trx) => takeAsked(trx, sweep, clockAt(now))),
    endAsked: (sweep, asked, { now, again }) =>
      database.transact((trx) => endAsked(trx, sweep, asked, { ...clockAt(now), again })),
    letGo: (sweep) => database.run((db) => changeSweep(db, sweep, LET_GO)),
    putOff: (sweep, until, { isFailure }) =>
      database.run((db) =>
        changeSweep(db, sweep, { ...LET_GO, due_at: until, ...(isFailure && { failures: sweep.failures + 1 }) }),
      ),
    readStatus: () => database.run(readStatus),
  };
}

async function endSweep(database: Database, sweep: Sweep, progress: Parameters<SweepRecord['end']>[1] & LeaseClock) {
  const { counts, nextAt, now } = progress;
  // In steps, for there may be thousands of them; what a crash leaves is forgotten by the end of the next sweep.
  let isMore = true;
  while (isMore) {
    if (!(await database.run((db) => renewSweep(db, sweep, progress)))) return false;
    isMore = await database.transact((trx) => forgetRepositories(trx, sweep, now));
  }
  return database.transact(async (trx) => {
    const isOurs = await changeSweep(
      trx,
      sweep,
      { ...LET_GO, is_under_way: false, is_baseline: false, next_page: null, due_at: nextAt, ended_at: now },
      counts,
    );
    if (isOurs) await noteEnd(trx, sweep, now);
    return isOurs;
  });
}

async function noteEnd(db: Queryable, { sourceId, registryId, isBaseline }: Sweep, now: Date): Promise<void> {
  await db
    .updateTable('sweeps')
    .set((eb) => ({
      failures: 0,
      whole_at: eb.case().when('faults', '=', 0).then(now).else(eb.ref('whole_at')).end(),
      ...(isBaseline && { baseline_ended_at: now }),
    }))
    .where('source_id', '=', sourceId)
    .where('registry_id', '=', registryId)
    .execute();
}

async function readStatus(db: Queryable): Promise<readonly SweepStatus[]> {
  const rows = await db.selectFrom('sweeps').selectAll().orderBy('source_id').orderBy('registry_id').execute();
  return rows.map((row) => ({
    sourceId: row.source_id,
    registryId: row.registry_id,
    isUnderWay: row.is_under_way,
    isBaseline: row.is_baseline,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    wholeAt: row.whole_at,
    repositories: row.repositories,
    tags: row.tags,
    found: row.found,
    faults: row.faults,
  }));
}
