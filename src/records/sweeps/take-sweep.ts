import type { Selectable } from 'kysely';
import type { Sweep, SweepPlace, SweepRecord } from '../../ports/sweep-record.ts';
import type { Queryable } from '../database.ts';
import type { SweepsTable } from '../schema.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import { findAsked } from './find-asked.ts';

type Row = Selectable<SweepsTable>;
type Context = Parameters<SweepRecord['take']>[1] & LeaseClock;

/** What time it is, and how long a sweep belongs to who writes now. */
export interface LeaseClock {
  readonly now: Date;
  readonly leaseMs: number;
}

/** Until when somebody has it who writes now. */
export function leaseEnd({ now, leaseMs }: LeaseClock): Date {
  return new Date(now.getTime() + leaseMs);
}

/** See `SweepRecord.take`; inside the caller's transaction. */
export async function takeSweep(db: Queryable, place: SweepPlace, context: Context): Promise<Sweep | null> {
  const created = await create(db, place, context);
  if (created !== undefined) return toSweep(created);
  const row = await db
    .selectFrom('sweeps')
    .selectAll()
    .where('source_id', '=', place.sourceId)
    .where('registry_id', '=', place.registryId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (isHeld(row, context)) return null;
  if (!isDue(row, context)) return takeForAsked(db, row, context);
  const isOther = row.scope !== context.scope;
  if (isOther) await forgetBaselines(db, place);
  const begins = isOther || !row.is_under_way;
  const taken = await db
    .updateTable('sweeps')
    .set({
      owner: context.owner,
      lease_until: leaseEnd(context),
      fence: row.fence + 1,
      ...(begins && { ...BEGINNING, number: row.number + 1, started_at: context.now }),
      ...(isOther && { scope: context.scope, is_baseline: true, baseline_ended_at: null, baseline_told_at: null }),
    })
    .where('source_id', '=', place.sourceId)
    .where('registry_id', '=', place.registryId)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toSweep(taken);
}

/** Takes it for what was asked for alone, and leaves the sweep itself as it stands. */
async function takeForAsked(db: Queryable, row: Row, context: Context): Promise<Sweep | null> {
  const place = { sourceId: row.source_id, registryId: row.registry_id };
  if ((await findAsked(db, place, context.now)) === undefined) return null;
  const taken = await db
    .updateTable('sweeps')
    .set({ owner: context.owner, lease_until: leaseEnd(context), fence: row.fence + 1 })
    .where('source_id', '=', row.source_id)
    .where('registry_id', '=', row.registry_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { ...toSweep(taken), isDue: false };
}

const BEGINNING = { is_under_way: true, next_page: null, repositories: 0, tags: 0, found: 0, faults: 0, failures: 0 };

/** The first of its place; `undefined` if there was one. */
function create(db: Queryable, place: SweepPlace, { scope, owner, now, leaseMs }: Context): Promise<Row | undefined> {
  return db
    .insertInto('sweeps')
    .values({
      source_id: place.sourceId,
      registry_id: place.registryId,
      scope,
      next_page: null,
      owner,
      lease_until: leaseEnd({ now, leaseMs }),
      due_at: now,
      started_at: now,
      ended_at: null,
      whole_at: null,
      baseline_ended_at: null,
      baseline_told_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** A lease further ahead than leases are was written by a clock that was ahead. */
function isHeld({ owner, lease_until }: Row, context: Context): boolean {
  if (owner === null || owner === context.owner || lease_until === null) return false;
  return lease_until > context.now && lease_until <= latestPlausible(context.now);
}

function isDue({ due_at, started_at, scope }: Row, context: Context): boolean {
  return due_at <= context.now || started_at > latestPlausible(context.now) || scope !== context.scope;
}

async function forgetBaselines(db: Queryable, { sourceId, registryId }: SweepPlace): Promise<void> {
  await db
    .updateTable('swept_repositories')
    .set({ is_baseline: true })
    .where('source_id', '=', sourceId)
    .where('registry_id', '=', registryId)
    .execute();
}

function toSweep(row: Row): Sweep {
  return {
    sourceId: row.source_id,
    registryId: row.registry_id,
    number: row.number,
    fence: row.fence,
    from: row.next_page ?? undefined,
    startedAt: row.started_at,
    isBaseline: row.is_baseline,
    failures: row.failures,
    isDue: true,
  };
}
