import type { HeldQuarantine, HeldQuarantines } from '../../ports/recorded-write.ts';
import type { Queryable } from '../database.ts';
import { parseRecordId } from '../record-id.ts';
import { selectWrites, toRecordedWrite } from './recorded-writes.ts';
import { requireColumn } from './require-column.ts';

const MAX_PAGE = 500;

/** See `HeldQuarantines.readHeld`. @throws {FaultError} `RECORD_MALFORMED` */
export async function readHeld(
  db: Queryable,
  { limit, after }: Parameters<HeldQuarantines['readHeld']>[0],
): ReturnType<HeldQuarantines['readHeld']> {
  const most = Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE);
  const rows = await selectWrites(db)
    .where('e.limited_by', 'is not', null)
    .where('e.state', 'in', ['held', 'sending'])
    .where('s.state', '!=', 'gone')
    .where('e.id', '>', (after === undefined ? undefined : parseRecordId(after)) ?? 0)
    .orderBy('e.id')
    .limit(most + 1)
    .execute();
  const held = rows.slice(0, most).map(
    (row): HeldQuarantine => ({
      ...toRecordedWrite(row),
      limitedBy: requireColumn(row, 'limited_by'),
      why: row.error ?? '',
      resumedBy: row.resumed_by,
    }),
  );
  return { held, next: rows.length > most ? (held.at(-1)?.id ?? null) : null };
}
