import type pg from 'pg';
import { FaultError } from '../../kit/errors.ts';
import { toDatabaseFault } from '../database-fault.ts';

// A pooler lends its connections by age or in turn. By age, the first round shows it; in turn, a few rounds do.
const ROUNDS = 4;
/** PgBouncer in statement mode refuses a transaction, in these words. */
const NO_TRANSACTIONS = /pooling mode/i;

/**
 * Makes sure that a connection of ours is one of the server's: a pooler that lends it to others between statements
 * loses what was set on it, where the queue looks for its tables first of all, and nobody would be told.
 * Takes two connections of the pool.
 * @throws {FaultError} `DATABASE_POOLED`, `DATABASE_UNAVAILABLE`
 */
export async function refusePooler(pool: pg.Pool): Promise<void> {
  const clients: pg.PoolClient[] = [];
  // A connection that may be in a transaction is not given back.
  let isBroken = true;
  try {
    const [first, second] = [await take(pool, clients), await take(pool, clients)];
    const own = await serverOf(first);
    for (let round = 0; round < ROUNDS; round++) {
      await second.query('BEGIN');
      const other = await serverOf(second);
      // Asked again only while another connection is in use, so that a pooler would surely lend a different one.
      const again = other === own ? undefined : await serverOf(first);
      await second.query('ROLLBACK');
      if (again !== own) throw pooled();
    }
    isBroken = false;
  } catch (error) {
    if (error instanceof Error && NO_TRANSACTIONS.test(error.message)) throw pooled(error);
    throw toDatabaseFault(error, pool);
  } finally {
    for (const client of clients) client.release(isBroken);
  }
}

async function take(pool: pg.Pool, clients: pg.PoolClient[]): Promise<pg.PoolClient> {
  const client = await pool.connect();
  clients.push(client);
  return client;
}

/** The process of the server that does the work of this connection. */
async function serverOf(client: pg.PoolClient): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

function pooled(cause?: Error): FaultError {
  return new FaultError(
    'DATABASE_POOLED',
    'a pooler stands before the database and lends one connection to many between transactions',
    {
      retryable: false,
      ...(cause !== undefined && { cause }),
      hint: 'Give Lazaret an entry of the pooler with pool_mode=session, or the address of the server itself.',
    },
  );
}
