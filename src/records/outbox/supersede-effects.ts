import type { Outcome } from '../../domain/verdict.ts';
import type { EffectRef } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';

/** A registry write that was taken back. */
export interface Superseded {
  readonly id: number;
  readonly kind: EffectRef['kind'];
}

/**
 * Takes back registry writes of older verdicts that have not begun: the new, final verdict plans its own, and two would
 * be made. Writes that a person asked for stay, except the quarantine of an image that passes by now.
 */
export async function supersedeOlder(
  db: Queryable,
  verdict: {
    readonly subjectId: string;
    readonly outcome: Outcome;
    readonly verdictId: number;
    readonly now: Date;
  },
): Promise<readonly Superseded[]> {
  return db
    .updateTable('effects')
    .set({
      state: 'superseded',
      error: `a newer verdict is ${verdict.outcome}`,
      done_at: verdict.now,
      due_at: null,
    })
    .where('subject_id', '=', verdict.subjectId)
    .where('kind', '!=', 'notice')
    .where('state', 'in', ['pending', 'held'])
    .where((eb) => {
      const older = eb.and([eb('origin', '=', 'verdict'), eb('verdict_id', '!=', verdict.verdictId)]);
      const byHand = eb.and([eb('origin', '=', 'manual'), eb('kind', '=', 'quarantine')]);
      return verdict.outcome === 'pass' ? eb.or([older, byHand]) : older;
    })
    .returning(['id', 'kind'])
    .execute();
}

/** Takes back every quarantine and release of a subject that has not begun: the last word of a person counts. */
export async function supersedeOpen(
  db: Queryable,
  subjectId: string,
  { why, now }: { readonly why: string; readonly now: Date },
): Promise<readonly Superseded[]> {
  return db
    .updateTable('effects')
    .set({ state: 'superseded', error: why, done_at: now, due_at: null })
    .where('subject_id', '=', subjectId)
    .where('kind', 'in', ['quarantine', 'release'])
    .where('state', 'in', ['pending', 'held'])
    .returning(['id', 'kind'])
    .execute();
}
