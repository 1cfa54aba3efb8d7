// The room `records/outbox`: the registry writes and notices that are still to be made.

import type { Timings } from '../../domain/timings.ts';
import type { EffectOutbox } from '../../ports/effect-outbox.ts';
import type { EffectRecord } from '../../ports/effect-record.ts';
import type { Database } from '../database.ts';
import { readInOrder } from '../read-in-order.ts';
import { parseRecordId } from '../record-id.ts';
import { beginEffect } from './begin-effect.ts';
import { createFindDue } from './due-effects.ts';
import { failEffect, finishEffect, supersedeEffect } from './end-effect.ts';
import { findHolder } from './find-holder.ts';
import { admitNext } from './repository-queues.ts';

/** Creates the outbox: registry writes and notices, with what became of each. */
export function createEffectOutbox(
  database: Database,
  { effectLeaseMs: leaseMs }: Pick<Timings, 'effectLeaseMs'>,
): EffectOutbox {
  const findDue = createFindDue();
  return {
    begin: async (effectId, now, breaker = {}): Promise<EffectRecord | null> => {
      const id = parseRecordId(effectId);
      return id === undefined ? null : database.transact((trx) => beginEffect(trx, id, { now, leaseMs, ...breaker }));
    },
    finish: (effectId, outcome) => database.insist((trx) => finishEffect(trx, effectId, outcome)),
    fail: (effectId, failure) => database.insist((trx) => failEffect(trx, effectId, failure)),
    supersede: (effectId, why, now) => database.transact((trx) => supersedeEffect(trx, effectId, why, now)),
    findHolder: (...asked) => database.run((db) => findHolder(db, ...asked)),
    findDue: async (now, limit) => {
      await database.run((db) => admitNext(db, now));
      return database.transact(async (trx) => {
        await readInOrder(trx);
        return findDue(trx, { now, limit, leaseMs });
      });
    },
  };
}
