import { type Expression, type SqlBool, sql } from 'kysely';
import type { BreakerSettings } from '../../ports/effect-outbox.ts';
import type { EffectRecord } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import { lockSubjectRow } from '../subjects/subject-row.ts';
import { readEffect } from './effect-row.ts';
import { maySendNow } from './group-notices.ts';
import { lockQuarantines } from './repository-queues.ts';

/** When an effect is begun, and for how long it belongs to whoever began it. */
export interface Lease extends BreakerSettings {
  readonly now: Date;
  readonly leaseMs: number;
}

/**
 * Marks an effect as being made, inside the caller's transaction; `null` if its turn has not come.
 * @throws {FaultError} `RECORD_MALFORMED`
 */
export async function beginEffect(db: Queryable, id: number, lease: Lease): Promise<EffectRecord | null> {
  const effect = await db
    .selectFrom('effects')
    .select(['id', 'kind', 'subject_id', 'sink_id', 'registry_id', 'repository'])
    .select([
      'state',
      'reply_unknown',
      'gather_at',
      'told_with',
      sql<string | null>`announcement ->> 'kind'`.as('about'),
    ])
    .where('id', '=', id)
    .executeTakeFirst();
  // A notice that is part of another notice's message ends with that one.
  if (effect === undefined || effect.told_with !== null) return null;
  // The notice that a limit was reached is not about this image, so it does not wait for the image's other notices.
  const isTurn =
    effect.kind === 'notice'
      ? (effect.about === 'breaker-open' || (await isNextNotice(db, effect, lease))) &&
        (await maySendNow(db, effect, lease.now))
      : await isOnlyWrite(db, effect, lease);
  if (!isTurn) return null;
  if (effect.kind === 'quarantine' || effect.kind === 'undo') await lockQuarantines(db);
  if (!(await take(db, id, lease))) return null;
  return readEffect(db, id, lease);
}

async function take(db: Queryable, id: number, { now, leaseMs }: Lease): Promise<boolean> {
  const begun = await db
    .updateTable('effects')
    .set((eb) => ({
      // It is on record as begun, so the process that began it has died: before the act or after it.
      reply_unknown: sql<boolean>`reply_unknown OR state = 'sending'`,
      state: 'sending',
      attempts: eb('attempts', '+', 1),
      started_at: now,
      due_at: null,
    }))
    .where('id', '=', id)
    .where('told_with', 'is', null)
    .where((eb) => {
      const isWritten = eb.fn.coalesce('started_at', 'created_at');
      const ahead = eb(isWritten, '>', latestPlausible(now));
      const free: Expression<SqlBool>[] = [
        eb('state', '=', 'pending'),
        eb.and([
          eb('state', '=', 'sending'),
          eb.or([eb('started_at', '<=', new Date(now.getTime() - leaseMs)), ahead]),
        ]),
        eb.and([eb('state', '=', 'held'), eb.or([eb('due_at', '<=', now), ahead])]),
      ];
      const unblocked = eb.or([eb('blocked_until', 'is', null), eb('blocked_until', '<=', now), ahead]);
      return eb.and([eb.or(free), unblocked]);
    })
    .returning('id')
    .executeTakeFirst();
  return begun !== undefined;
}

interface Begun {
  readonly id: number;
  readonly subject_id: string;
  readonly sink_id: string | null;
}

/**
 * Whether no other write to this image is under way: a quarantine that lands after the release that was meant to
 * undo it would stay on a good image.
 */
async function isOnlyWrite(db: Queryable, effect: Begun, { now, leaseMs }: Lease): Promise<boolean> {
  await lockSubjectRow(db, effect.subject_id);
  const other = await db
    .selectFrom('effects')
    .select('id')
    .where('subject_id', '=', effect.subject_id)
    .where('kind', '!=', 'notice')
    .where('id', '!=', effect.id)
    .where('state', '=', 'sending')
    .where('started_at', '>', new Date(now.getTime() - leaseMs))
    .where('started_at', '<=', latestPlausible(now))
    .executeTakeFirst();
  return other === undefined;
}

/**
 * Whether every earlier notice about this image has reached the sink, or never will. If not, this one is put off until
 * the earlier one is tried again: "resolved" followed by "failed" would say the opposite of what holds.
 */
async function isNextNotice(db: Queryable, effect: Begun, { now, leaseMs }: Lease): Promise<boolean> {
  const earlier = await db
    .selectFrom('effects')
    .select('due_at')
    .where('subject_id', '=', effect.subject_id)
    .where('kind', '=', 'notice')
    .where('sink_id', '=', effect.sink_id)
    .where('id', '<', effect.id)
    .where('state', 'in', ['pending', 'sending'])
    .orderBy('id')
    .executeTakeFirst();
  if (earlier === undefined) return true;
  // A notice that is being sent has no due time; it ends with its lease at the latest.
  const behind = new Date(Math.max(earlier.due_at?.getTime() ?? 0, now.getTime() + leaseMs));
  await db
    .updateTable('effects')
    .set({ due_at: behind })
    .where('id', '=', effect.id)
    .where('state', '=', 'pending')
    .execute();
  return false;
}
