import { type RawBuilder, sql } from 'kysely';
import type { UndoEffect } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';
import type { Place } from './repository-queues.ts';

const HOUR_MS = 3_600_000;
/**
 * The results of an undo that wrote nothing. They do not count, so that false announcements cannot use up the budget of
 * writes, nor be read for each other: this is the condition of an index.
 */
const CHANGED: RawBuilder<boolean> = sql`result NOT IN ('in-place', 'tag-absent', 'tag-moved', 'subject-gone', 'observed', 'rehearsed')`;

/** Counts the false marks undone in the last hour, and those being undone, for one that was just begun and is left out. */
export async function countUndone(
  db: Queryable,
  effect: Place & { readonly id: number; readonly subject_id: string },
  now: Date,
): Promise<UndoEffect['undone']> {
  const since = new Date(now.getTime() - HOUR_MS);
  const until = latestPlausible(now);
  return db
    .selectFrom('effects')
    .select(({ fn }) => [
      fn.countAll<number>().filterWhere('subject_id', '=', effect.subject_id).as('ofImage'),
      fn
        .countAll<number>()
        .filterWhere('registry_id', '=', effect.registry_id)
        .filterWhere('repository', '=', effect.repository)
        .as('ofRepository'),
      fn.countAll<number>().as('all'),
    ])
    .where('kind', '=', sql.lit('undo'))
    .where('id', '!=', effect.id)
    .where((each) => {
      const wasDone = each.and([each('state', '=', sql.lit('done')), CHANGED, each.between('done_at', since, until)]);
      const isDoing = each.and([each('state', '=', 'sending'), each.between('started_at', since, until)]);
      return each.or([wasDone, isDoing]);
    })
    .executeTakeFirstOrThrow();
}
