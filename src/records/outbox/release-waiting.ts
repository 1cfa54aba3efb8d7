import { sql } from 'kysely';
import type { EffectRef } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { REF_COLUMNS, toEffectRef } from './effect-ref.ts';
import type { Superseded } from './supersede-effects.ts';

/** Makes the notices due that waited for these registry effects, and returns them. */
export async function releaseNotices(
  db: Queryable,
  effectIds: readonly number[],
  now: Date,
): Promise<readonly EffectRef[]> {
  if (effectIds.length === 0) return [];
  const rows = await db
    .updateTable('effects')
    .set({ blocked_until: null, due_at: now })
    .where('after_effect', 'in', effectIds)
    .where('state', '=', 'pending')
    .where('blocked_until', 'is not', null)
    .returning(REF_COLUMNS)
    .execute();
  return rows.map(toEffectRef);
}

/**
 * Updates the notices that waited for registry effects which were taken back: a notice now waits for the effect that
 * replaces the old one, so that it says what was really done; if there is none, the notice is due.
 */
export async function rebaseNotices(
  db: Queryable,
  superseded: readonly Superseded[],
  successor: { readonly id: number; readonly kind: EffectRef['kind'] } | undefined,
  now: Date,
): Promise<readonly EffectRef[]> {
  const isReplaced = ({ kind }: Superseded) => kind === successor?.kind;
  const replaced = superseded.filter(isReplaced).map(({ id }) => id);
  if (successor !== undefined && replaced.length > 0) {
    await db
      .updateTable('effects')
      .set({ after_effect: successor.id })
      .where('after_effect', 'in', replaced)
      .where('state', '=', 'pending')
      .execute();
  }
  const dropped = superseded.filter((effect) => !isReplaced(effect)).map(({ id }) => id);
  return releaseNotices(db, dropped, now);
}

/** The effect that has ended. */
interface Ended {
  readonly id: number;
  readonly subject_id: string;
  readonly kind: EffectRef['kind'];
  readonly sink_id: string | null;
}

/**
 * Makes due what stood behind this effect: writes to one image are made one after the other, and so are notices about
 * it to one sink.
 */
export async function releaseNext(db: Queryable, ended: Ended, now: Date): Promise<readonly EffectRef[]> {
  const rows = await db
    .updateTable('effects')
    .set({ due_at: now })
    .where('subject_id', '=', ended.subject_id)
    .where('id', '!=', ended.id)
    .where('state', '=', 'pending')
    .where('blocked_until', 'is', null)
    .where('told_with', 'is', null)
    .where((eb) =>
      ended.kind === 'notice'
        ? eb.and([eb('kind', '=', 'notice'), eb('sink_id', '=', ended.sink_id)])
        : eb('kind', '!=', 'notice'),
    )
    .returning(REF_COLUMNS)
    .execute();
  return rows.map(toEffectRef);
}

/** Ends the notices that were part of this notice's message in the same way, and makes due what stood behind each. */
export async function endGroup(
  db: Queryable,
  { id, sink_id }: Ended,
  end: { readonly state: 'done' | 'failed' | 'superseded'; readonly result?: string; readonly error: string | null },
  now: Date,
): Promise<readonly EffectRef[]> {
  const ended = await db
    .updateTable('effects')
    .set({ ...end, done_at: now, due_at: null })
    .where('told_with', '=', id)
    .where('state', '=', 'pending')
    .returning('subject_id')
    .execute();
  if (ended.length === 0) return [];
  const rows = await db
    .updateTable('effects')
    .set({ due_at: now })
    .where('subject_id', '=', sql<string>`any(${sql.val(ended.map(({ subject_id }) => subject_id))})`)
    .where('kind', '=', 'notice')
    .where('sink_id', '=', sink_id)
    .where('state', '=', 'pending')
    .where('blocked_until', 'is', null)
    .where('told_with', 'is', null)
    .returning(REF_COLUMNS)
    .execute();
  return rows.map(toEffectRef);
}
