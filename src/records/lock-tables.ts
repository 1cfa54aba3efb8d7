import type pg from 'pg';
import { errorCode } from '../kit/error-code.ts';
import type { Migration } from './migrations/migration.ts';
import { RECORD_SCHEMA } from './server/create-pool.ts';

/**
 * Takes the tables that these steps name before the first of them is changed, all or none. Processes of the release
 * before are at work: a step that waited for one table with another in hand would end in a deadlock with them, and
 * while it waits nobody else gets at what it asked for. So it waits no longer than `lockMs`, and in another order each time:
 * theirs is not the same for all they do. See {@link isGivenWay}.
 */
export async function lockTables(client: pg.ClientBase, steps: readonly Migration[], lockMs: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 ORDER BY random()',
    [RECORD_SCHEMA],
  );
  const words = new Set(steps.flatMap(({ sql }) => sql.match(/\w+/g) ?? []));
  const named = rows.filter(({ name }) => words.has(name)).map(({ name }) => client.escapeIdentifier(name));
  if (named.length === 0) return;
  await client.query(`SET LOCAL lock_timeout = ${lockMs}`);
  await client.query(`LOCK TABLE ${named.join(', ')} IN ACCESS EXCLUSIVE MODE`);
  await client.query('SET LOCAL lock_timeout = 0');
}

// lock_not_available, deadlock_detected: https://www.postgresql.org/docs/18/errcodes-appendix.html
const IN_USE = new Set(['55P03', '40P01']);

/** Whether somebody else had one of the tables: the transaction is undone, and may be tried again. */
export function isGivenWay(error: unknown): boolean {
  return IN_USE.has(errorCode(error) ?? '');
}
