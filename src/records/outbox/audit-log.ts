import { storableJson, storableText } from '../../kit/storable-json.ts';
import type { AuditEntry } from '../../ports/audit-log.ts';
import type { Queryable } from '../database.ts';

const MAX_PAGE = 500;

/** Puts on record what a person does, in the transaction that does it. */
export async function addToAudit(db: Queryable, entry: Omit<AuditEntry, 'id'>): Promise<void> {
  const { at, by, act, about } = entry;
  await db
    .insertInto('audit_log')
    .values({ at, done_by: storableText(by), act, about: storableJson(about) })
    .execute();
}

/** See `AuditLog.readAudit`. */
export async function readAudit(db: Queryable, limit: number): Promise<readonly AuditEntry[]> {
  const rows = await db
    .selectFrom('audit_log')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE))
    .execute();
  return rows.map(({ id, at, done_by, act, about }) => ({ id: String(id), at, by: done_by, act, about }));
}
