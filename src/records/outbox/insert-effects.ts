import { storableJson } from '../../kit/storable-json.ts';
import type { EffectRef, PlannedEffect } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { REF_COLUMNS, toEffectRef } from './effect-ref.ts';
import { chooseNotices } from './notice-turns.ts';
import { rebaseNotices } from './release-waiting.ts';
import type { Superseded } from './supersede-effects.ts';

/** How long a notice waits for the registry write it tells about; then it says that the write is still pending. */
const NOTICE_TIMEOUT_MS = 120_000;

/** Effects to write for one verdict, and who asked for them. */
export interface EffectsToInsert {
  readonly subjectId: string;
  /** `null` where they follow from an event. */
  readonly verdictId: number | null;
  readonly effects: readonly PlannedEffect[];
  readonly origin: { readonly kind: 'verdict' | 'event' } | { readonly kind: 'manual'; readonly by: string };
  /** Registry writes these take the place of. */
  readonly superseded: readonly Superseded[];
  readonly now: Date;
}

/**
 * Writes planned effects into the outbox, inside the caller's transaction. Effects this verdict has already are left
 * as they are. Returns those that may be made at once: a notice waits for the registry write of its verdict.
 */
export async function insertEffects(db: Queryable, plan: EffectsToInsert): Promise<readonly EffectRef[]> {
  const ready: EffectRef[] = [];
  for (const effect of plan.effects) {
    if (effect.kind === 'notice') continue;
    ready.push(...(await insertEffect(db, plan, { kind: effect.kind, tag: effect.tag, due_at: plan.now })));
  }
  const [write] = ready;
  const successor = write && { id: Number(write.id), kind: write.kind };
  const rebased = await rebaseNotices(db, plan.superseded, successor, plan.now);
  return [...ready, ...rebased, ...(await insertNotices(db, plan, ready))];
}

async function insertNotices(
  db: Queryable,
  plan: EffectsToInsert,
  writes: readonly EffectRef[],
): Promise<readonly EffectRef[]> {
  const notices = plan.effects.filter((effect) => effect.kind === 'notice');
  if (notices.length === 0) return [];
  const ready: EffectRef[] = [];
  const waitFor = await findOpenRegistryEffect(db, plan, writes);
  const chosen: (typeof notices)[number][] = [];
  for (const ofKind of Map.groupBy(notices, ({ announcement }) => announcement.kind).values()) {
    chosen.push(...(await chooseNotices(db, plan, ofKind)));
  }
  for (const effect of chosen) {
    const blockedUntil = waitFor?.open ? new Date(plan.now.getTime() + NOTICE_TIMEOUT_MS) : null;
    const inserted = await insertEffect(db, plan, {
      kind: 'notice',
      sink_id: effect.sinkId,
      announcement: storableJson(effect.announcement),
      after_effect: waitFor?.id ?? null,
      blocked_until: blockedUntil,
      due_at: blockedUntil ?? plan.now,
    });
    if (blockedUntil === null) ready.push(...inserted);
  }
  return ready;
}

/** The registry write of this plan, or the one an earlier, equal judgement has planned. */
async function findOpenRegistryEffect(
  db: Queryable,
  plan: EffectsToInsert,
  inserted: readonly EffectRef[],
): Promise<{ id: number; open: boolean } | undefined> {
  const own = inserted[0];
  if (own !== undefined) return { id: Number(own.id), open: true };
  if (plan.origin.kind !== 'verdict') return undefined;
  const row = await db
    .selectFrom('effects')
    .select(['id', 'state'])
    .where('subject_id', '=', plan.subjectId)
    .where('verdict_id', '=', plan.verdictId)
    .where('kind', '!=', 'notice')
    .where('origin', '=', 'verdict')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row && { id: row.id, open: row.state === 'pending' || row.state === 'sending' };
}

interface EffectValues {
  readonly kind: EffectRef['kind'];
  readonly tag?: string;
  readonly sink_id?: string;
  readonly announcement?: string;
  readonly after_effect?: number | null;
  readonly blocked_until?: Date | null;
  readonly due_at: Date;
}

async function insertEffect(db: Queryable, plan: EffectsToInsert, values: EffectValues): Promise<readonly EffectRef[]> {
  const row = await db
    .insertInto('effects')
    .values((eb) => ({
      registry_id: eb.selectFrom('subjects').select('registry_id').where('id', '=', plan.subjectId),
      repository: eb.selectFrom('subjects').select('repository').where('id', '=', plan.subjectId),
      tag: null,
      sink_id: null,
      announcement: null,
      after_effect: null,
      blocked_until: null,
      ...values,
      subject_id: plan.subjectId,
      verdict_id: plan.verdictId,
      origin: plan.origin.kind,
      requested_by: plan.origin.kind === 'manual' ? plan.origin.by : null,
      state: 'pending',
      result: null,
      error: null,
      created_at: plan.now,
      started_at: null,
      done_at: null,
    }))
    .onConflict((conflict) => conflict.doNothing())
    .returning(REF_COLUMNS)
    .executeTakeFirst();
  return row === undefined ? [] : [toEffectRef(row)];
}
