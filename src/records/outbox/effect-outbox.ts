// The room `records/outbox`: the registry writes and notices that are still to be made.

import { type RawBuilder, sql } from 'kysely';
import type { Timings } from '../../domain/timings.ts';
import type { EffectOutbox } from '../../ports/effect-outbox.ts';
import type { EffectRecord } from '../../ports/effect-record.ts';
import type { Database, Queryable } from '../database.ts';
import { buildOnce, type Given } from '../prepare.ts';
import { parseRecordId } from '../record-id.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import { beginEffect } from './begin-effect.ts';
import { REF_COLUMNS, toEffectRef } from './effect-ref.ts';
import { failEffect, finishEffect, supersedeEffect } from './end-effect.ts';
import { findHolder } from './find-holder.ts';
import { admitNext } from './repository-queues.ts';

/** Creates the outbox: registry writes and notices, with what became of each. */
export function createEffectOutbox(
  database: Database,
  { effectLeaseMs: leaseMs }: Pick<Timings, 'effectLeaseMs'>,
): EffectOutbox {
  return {
    begin: async (effectId, now, breaker = {}): Promise<EffectRecord | null> => {
      const id = parseRecordId(effectId);
      return id === undefined ? null : database.transact((trx) => beginEffect(trx, id, { now, leaseMs, ...breaker }));
    },
    finish: (effectId, outcome) => database.transact((trx) => finishEffect(trx, effectId, outcome)),
    fail: (effectId, failure) => database.transact((trx) => failEffect(trx, effectId, failure)),
    supersede: (effectId, why, now) => database.transact((trx) => supersedeEffect(trx, effectId, why, now)),
    findHolder: (...asked) => database.run((db) => findHolder(db, ...asked)),
    findDue: async (now, limit) => {
      await database.run((db) => admitNext(db, now));
      return database.run((db) => findDue(db, now, { limit, leaseMs }));
    },
  };
}

interface DueQuery {
  readonly now: Date;
  readonly limit: number;
  readonly lentBefore: Date;
  readonly latestPlausible: Date;
}

/**
 * Repositories take turns, by registry or sink. Each kind has its own share: thousands of notices to a sink that is
 * down must not delay a quarantine, or the reverse, and quarantines that limits hold back must not delay others.
 */
async function findDue(db: Queryable, now: Date, { limit, leaseMs }: { limit: number; leaseMs: number }) {
  const until = { now, limit, lentBefore: new Date(now.getTime() - leaseMs), latestPlausible: latestPlausible(now) };
  const rows = await readDue(db, until);
  return rows.map(toEffectRef);
}

const readDue = buildOnce((db, given: Given<DueQuery>) =>
  db
    .selectFrom(dueOf(db, WRITES, given).as('writes'))
    .selectAll()
    .unionAll((eb) => eb.selectFrom(dueOf(db, LIMITED, given).as('limited')).selectAll())
    .unionAll((eb) => eb.selectFrom(dueOf(db, NOTICES, given).as('notices')).selectAll()),
);

const WRITES: RawBuilder<boolean> = sql`kind <> 'notice' AND limited_by IS NULL`;
const LIMITED: RawBuilder<boolean> = sql`limited_by IS NOT NULL`;
const NOTICES: RawBuilder<boolean> = sql`kind = 'notice'`;

function dueOf(db: Queryable, share: RawBuilder<boolean>, given: Given<DueQuery>) {
  const rows = db
    .selectFrom('effects')
    .select(REF_COLUMNS)
    .select((eb) => eb.fn.coalesce('due_at', 'started_at').as('due'))
    .where(share)
    .where('state', 'in', ['pending', 'sending', 'held'])
    .where((eb) => {
      const ahead = eb(eb.fn.coalesce('started_at', 'created_at'), '>', given('latestPlausible'));
      return eb.or([
        eb.and([eb('state', 'in', ['pending', 'held']), eb.or([eb('due_at', '<=', given('now')), ahead])]),
        eb.and([eb('state', '=', 'sending'), eb.or([eb('started_at', '<=', given('lentBefore')), ahead])]),
      ]);
    })
    .orderBy((eb) => eb.fn.coalesce('due_at', 'started_at'));
  const turn = sql<number>`row_number() OVER (PARTITION BY coalesce(sink_id, registry_id), repository ORDER BY due)`;
  const turns = db
    .selectFrom(rows.as('r'))
    .select(REF_COLUMNS)
    .select(['due', turn.as('turn')]);
  return db.selectFrom(turns.as('t')).select(REF_COLUMNS).orderBy('t.turn').orderBy('t.due').limit(given('limit'));
}
