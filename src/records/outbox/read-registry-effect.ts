import type { RegistryEffect } from '../../ports/effect-record.ts';
import type { Queryable } from '../database.ts';
import { requireColumn } from './require-column.ts';

/** Reads the registry write a notice tells about, as it stands. @throws {FaultError} `RECORD_MALFORMED` */
export async function readRegistryEffect(db: Queryable, id: number | null): Promise<RegistryEffect | null> {
  if (id === null) return null;
  const row = await db
    .selectFrom('effects')
    .select(['id', 'kind', 'state', 'tag', 'result', 'error'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined || row.kind === 'notice') return null;
  return { kind: row.kind, state: row.state, tag: requireColumn(row, 'tag'), result: row.result, error: row.error };
}
