import { sql } from 'kysely';
import { storableText } from '../../kit/storable-json.ts';
import type { Queryable } from '../database.ts';
import { parseRecordId } from '../record-id.ts';
import { addToAudit } from './audit-log.ts';
import { lockQuarantines } from './repository-queues.ts';

/**
 * Lets quarantines go that limits hold back, inside the caller's transaction, and puts on record who did. Those that have
 * ended since they were listed are left out. Returns how many.
 */
export async function resumeHeld(
  db: Queryable,
  ids: readonly string[],
  { by, now }: { readonly by: string; readonly now: Date },
): Promise<number> {
  await lockQuarantines(db);
  const wanted = ids.flatMap((id) => parseRecordId(id) ?? []);
  const rows = await db
    .updateTable('effects')
    .set({
      resumed_by: storableText(by),
      // The first of each repository is looked at now, and those behind it when it has ended.
      due_at: sql<Date | null>`CASE WHEN state = 'held' AND turn_since IS NOT NULL THEN ${now} ELSE due_at END`,
    })
    .where('id', '=', sql<number>`any(${sql.val(wanted)})`)
    .where('state', 'in', ['held', 'sending'])
    .where('limited_by', 'is not', null)
    .where('resumed_by', 'is', null)
    .returning(['registry_id', 'repository'])
    .execute();
  if (rows.length === 0) return 0;
  const places = Map.groupBy(rows, ({ registry_id, repository }) => `${registry_id} ${repository}`);
  const repositories = [...places.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ registry: first.registry_id, repository: first.repository, quarantines: others.length + 1 }],
  );
  await addToAudit(db, { at: now, by, act: 'resume', about: { quarantines: rows.length, repositories } });
  return rows.length;
}
