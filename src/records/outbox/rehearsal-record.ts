import { sql } from 'kysely';
import type { RehearsalRecord } from '../../ports/rehearsal-record.ts';
import type { Database, Queryable } from '../database.ts';
import { formatPageCursor, parsePageCursor } from '../subjects/page-cursor.ts';
import { selectWrites, toRecordedWrite } from './recorded-writes.ts';
import { requireColumn } from './require-column.ts';

/** Creates the record of what was rehearsed. */
export function createRehearsalRecord(database: Database): RehearsalRecord {
  return {
    readRehearsed: (asked) => database.run((db) => readRehearsed(db, asked)),
    endElsewhere: (rehearsing, now) => database.run((db) => endElsewhere(db, rehearsing, now)),
  };
}

const MAX_PAGE = 500;

async function readRehearsed(
  db: Queryable,
  { since, limit, cursor }: Parameters<RehearsalRecord['readRehearsed']>[0],
): ReturnType<RehearsalRecord['readRehearsed']> {
  const most = Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE);
  let query = selectWrites(db).where('e.result', '=', 'rehearsed').where('e.done_at', '>=', since);
  if (cursor !== undefined) {
    const { at, id } = parsePageCursor(cursor);
    // An id of another list stands for none of these.
    const before = Number(id);
    query = query.where(sql<boolean>`(e.done_at, e.id) < (${at}, ${Number.isSafeInteger(before) ? before : 0})`);
  }
  const rows = await query
    .orderBy('e.done_at', 'desc')
    .orderBy('e.id', 'desc')
    .limit(most + 1)
    .execute();
  const writes = rows
    .slice(0, most)
    .map((row) => ({ ...toRecordedWrite(row), rehearsedAt: requireColumn(row, 'done_at') }));
  const last = rows.length > most ? writes.at(-1) : undefined;
  return { writes, next: last === undefined ? null : formatPageCursor({ at: last.rehearsedAt, id: last.id }) };
}

async function endElsewhere(db: Queryable, rehearsing: readonly string[], now: Date): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('subjects')
    .set({
      rehearsed_mark: null,
      // What is not looked at again at all (it is gone, or no image) stays so.
      next_check_at: sql<Date | null>`CASE WHEN next_check_at IS NULL THEN NULL ELSE least(next_check_at, ${now}) END`,
    })
    .where('rehearsed_mark', 'is not', null)
    .where(sql<boolean>`registry_id <> ALL(${sql.val([...rehearsing])}::text[])`)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
