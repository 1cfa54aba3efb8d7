import { isFailing, type Outcome } from '../domain/verdict.ts';
import type { EffectRef } from '../ports/records.ts';
import type { Queryable } from './database.ts';

/**
 * Takes back registry writes of older verdicts that a new one contradicts and that have not begun: a pass takes back
 * quarantines, a failure takes back releases; what could not be told takes back nothing. What a person asked for
 * stays. Returns the notices that waited for those writes.
 */
export async function supersedeContradicted(
  db: Queryable,
  verdict: {
    readonly subjectId: string;
    readonly outcome: Outcome;
    readonly verdictId: number;
    readonly now: Date;
  },
): Promise<readonly EffectRef[]> {
  const contradicted =
    verdict.outcome === 'pass' ? 'quarantine' : isFailing(verdict.outcome) ? ('release' as const) : undefined;
  if (contradicted === undefined) return [];
  const rows = await db
    .updateTable('effects')
    .set({
      state: 'superseded',
      error: `a newer verdict is ${verdict.outcome}`,
      done_at: verdict.now,
      due_at: null,
    })
    .where('subject_id', '=', verdict.subjectId)
    .where('kind', '=', contradicted)
    .where('verdict_id', '!=', verdict.verdictId)
    .where('origin', '=', 'verdict')
    .where('state', 'in', ['pending', 'held'])
    .returning('id')
    .execute();
  return releaseNotices(
    db,
    rows.map((row) => row.id),
    verdict.now,
  );
}

/** Lets the notices go that waited for these registry effects. Returns them. */
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
    .returning(['id', 'kind', 'attempts'])
    .execute();
  return rows.map((row) => ({ ...row, id: String(row.id) }));
}
