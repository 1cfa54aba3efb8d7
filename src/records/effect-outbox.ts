import { type Expression, type SqlBool, sql } from 'kysely';
import { storableText } from '../domain/storable-json.ts';
import type { EffectOutbox, EffectRecord, EffectRef } from '../ports/records.ts';
import type { Database, Queryable } from './database.ts';
import { readEffect } from './effect-row.ts';
import { parseRecordId } from './record-id.ts';
import { lockSubjectRow } from './subject-row.ts';
import { releaseNotices } from './supersede-effects.ts';

export interface EffectOutboxOptions {
  /**
   * How long an effect that was begun belongs to whoever began it, in ms. After that its process must have died, and
   * it may be begun again. Default 45,000: registry requests end after 20 s, a slow mail server after 30 s, and the
   * queue gives a dead worker's job to another after 60 s.
   */
  readonly leaseMs?: number;
}

const DEFAULT_LEASE_MS = 45_000;

/** Creates the outbox: registry writes and notices, with what became of each. */
export function createEffectOutbox(database: Database, options: EffectOutboxOptions = {}): EffectOutbox {
  const leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
  return {
    begin: (effectId, now) => database.transact((trx) => begin(trx, effectId, now, leaseMs)),
    finish: (effectId, outcome) => database.transact((trx) => finish(trx, effectId, outcome)),
    fail: (effectId, failure) => database.transact((trx) => fail(trx, effectId, failure)),
    supersede: (effectId, why, now) => database.transact((trx) => supersede(trx, effectId, why, now)),
    findDue: (now, limit) => database.read((db) => findDue(db, now, limit, leaseMs)),
    countSince: (since) => database.read((db) => countSince(db, since)),
    countWrites: (subjectId, since) => database.read((db) => countWrites(db, subjectId, since)),
  };
}

async function begin(db: Queryable, effectId: string, now: Date, leaseMs: number): Promise<EffectRecord | null> {
  const id = parseRecordId(effectId);
  if (id === undefined) return null;
  const leaseEnd = new Date(now.getTime() - leaseMs);
  const begun = await db
    .updateTable('effects')
    .set((eb) => ({
      // Found as begun: whoever began it died, after the act or before it.
      reply_unknown: sql<boolean>`reply_unknown OR state = 'sending'`,
      state: 'sending',
      attempts: eb('attempts', '+', 1),
      started_at: now,
      due_at: null,
    }))
    .where('id', '=', id)
    .where((eb) => {
      const free: Expression<SqlBool>[] = [
        eb('state', '=', 'pending'),
        eb.and([eb('state', '=', 'sending'), eb('started_at', '<=', leaseEnd)]),
        eb.and([eb('state', '=', 'held'), eb('due_at', '<=', now)]),
      ];
      return eb.and([eb.or(free), eb.or([eb('blocked_until', 'is', null), eb('blocked_until', '<=', now)])]);
    })
    .returning('id')
    .executeTakeFirst();
  return begun === undefined ? null : readEffect(db, begun.id);
}

/** Locks the effect's subject, then the effect: the order of every writer. `undefined` if it is not under way. */
async function lockOpenEffect(
  db: Queryable,
  effectId: string,
): Promise<{ id: number; subject_id: string } | undefined> {
  const id = parseRecordId(effectId);
  if (id === undefined) return undefined;
  const found = await db.selectFrom('effects').select('subject_id').where('id', '=', id).executeTakeFirst();
  if (found === undefined) return undefined;
  await lockSubjectRow(db, found.subject_id);
  return db
    .selectFrom('effects')
    .select(['id', 'subject_id'])
    .where('id', '=', id)
    .where('state', 'in', ['pending', 'sending', 'held'])
    .forUpdate()
    .executeTakeFirst();
}

async function finish(
  db: Queryable,
  effectId: string,
  outcome: Parameters<EffectOutbox['finish']>[1],
): Promise<readonly EffectRef[]> {
  const effect = await lockOpenEffect(db, effectId);
  if (effect === undefined) return [];
  const { now, result, mark } = outcome;
  await db
    .updateTable('effects')
    .set({ state: 'done', result: storableText(result), error: null, done_at: now, due_at: null })
    .where('id', '=', effect.id)
    .execute();
  if (mark !== undefined) {
    await db
      .updateTable('subjects')
      .set({ mark: mark.mark, mark_tag: mark.tag, released_artifact: mark.releasedArtifact, marked_at: now })
      .where('id', '=', effect.subject_id)
      .execute();
  }
  return releaseNotices(db, [effect.id], now);
}

async function fail(
  db: Queryable,
  effectId: string,
  failure: Parameters<EffectOutbox['fail']>[1],
): Promise<readonly EffectRef[]> {
  const effect = await lockOpenEffect(db, effectId);
  if (effect === undefined) return [];
  const { now, error, retryAt, held, replyUnknown } = failure;
  const state = held ? 'held' : retryAt === null ? 'failed' : 'pending';
  await db
    .updateTable('effects')
    .set({
      state,
      error: storableText(error),
      due_at: retryAt,
      done_at: state === 'failed' ? now : null,
      ...(replyUnknown && { reply_unknown: true }),
    })
    .where('id', '=', effect.id)
    .execute();
  return state === 'pending' ? [] : releaseNotices(db, [effect.id], now);
}

async function supersede(db: Queryable, effectId: string, why: string, now: Date): Promise<readonly EffectRef[]> {
  const effect = await lockOpenEffect(db, effectId);
  if (effect === undefined) return [];
  await db
    .updateTable('effects')
    .set({ state: 'superseded', error: storableText(why), done_at: now, due_at: null })
    .where('id', '=', effect.id)
    .execute();
  return releaseNotices(db, [effect.id], now);
}

async function findDue(db: Queryable, now: Date, limit: number, leaseMs: number): Promise<readonly EffectRef[]> {
  const leaseEnd = new Date(now.getTime() - leaseMs);
  const rows = await db
    .selectFrom('effects')
    .select(['id', 'kind', 'attempts'])
    .where((eb) =>
      eb.or([
        eb.and([eb('state', 'in', ['pending', 'held']), eb('due_at', '<=', now)]),
        eb.and([eb('state', '=', 'sending'), eb('started_at', '<=', leaseEnd)]),
      ]),
    )
    .orderBy((eb) => eb.fn.coalesce('due_at', 'started_at'))
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, id: String(row.id) }));
}

async function countSince(db: Queryable, since: Date): Promise<{ quarantines: number; judged: number }> {
  return db
    .selectNoFrom((eb) => [
      eb
        .selectFrom('effects')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('kind', '=', 'quarantine')
        .where('state', '=', 'done')
        .where('done_at', '>=', since)
        .$asScalar()
        .as('quarantines'),
      eb
        .selectFrom('verdicts')
        .select(({ fn }) => fn.count<number>('subject_id').distinct().as('count'))
        .where('judged_at', '>=', since)
        .$asScalar()
        .as('judged'),
    ])
    .executeTakeFirstOrThrow()
    .then((row) => ({ quarantines: row.quarantines ?? 0, judged: row.judged ?? 0 }));
}

async function countWrites(db: Queryable, subjectId: string, since: Date): Promise<number> {
  const row = await db
    .selectFrom('effects')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('subject_id', '=', subjectId)
    .where('kind', '!=', 'notice')
    .where('state', '=', 'done')
    .where('done_at', '>=', since)
    .executeTakeFirstOrThrow();
  return row.count;
}
