import { createHash } from 'node:crypto';
import type pg from 'pg';

/**
 * Lets the server keep the plan of every statement of this pool, by giving each a name made from its text. In thousands
 * of short stories the server plans the same two hundred statements again and again, on tables of a few rows, and that
 * takes longer than all else. What is sent, and what it does, stays the same.
 */
export function planOnce(pool: pg.Pool): void {
  pool.on('connect', (client) => {
    const send = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
    const query = (statement: unknown, ...rest: readonly unknown[]) => send(named(statement), ...rest);
    Object.assign(client, { query });
  });
}

function named(statement: unknown): unknown {
  if (typeof statement !== 'object' || statement === null || 'name' in statement || !('text' in statement)) {
    return statement;
  }
  // PostgreSQL cuts names off after 63 bytes.
  return { ...statement, name: `test ${createHash('md5').update(String(statement.text)).digest('hex')}` };
}
