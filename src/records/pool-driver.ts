import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import type pg from 'pg';

/** A statement, maybe with a name under which each connection keeps its plan. */
export interface NamedQuery<Row = unknown> extends CompiledQuery<Row> {
  readonly name?: string;
}

/**
 * Lets the query builder use a pool of `pg`. Its own driver does not name statements, so the server would plan each of
 * them again.
 */
export function createPoolDriver(pool: pg.Pool): Driver {
  return {
    init: async () => undefined,
    acquireConnection: async () => new PoolConnection(await pool.connect()),
    beginTransaction: (connection) => ours(connection).begin(),
    commitTransaction: (connection) => ours(connection).commit(),
    rollbackTransaction: (connection) => ours(connection).rollback(),
    releaseConnection: async (connection) => ours(connection).release(),
    // Ending the pool stays with whoever made it.
    destroy: async () => undefined,
  };
}

function ours(connection: DatabaseConnection): PoolConnection {
  if (connection instanceof PoolConnection) return connection;
  throw new TypeError('expected a connection of this driver');
}

class PoolConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  #isBroken = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async executeQuery<R>({ sql, parameters, name }: NamedQuery): Promise<QueryResult<R>> {
    const { rows } = await this.#client.query<R & pg.QueryResultRow>({
      text: sql,
      values: [...parameters],
      ...(name !== undefined && { name }),
    });
    return { rows };
  }

  streamQuery(): never {
    throw new TypeError('rows are read whole');
  }

  async begin(): Promise<void> {
    await this.#client.query('begin');
  }

  async commit(): Promise<void> {
    const { command } = await this.#client.query('commit');
    // The server answers `ROLLBACK` to a commit if a statement of the transaction failed.
    if (command === 'ROLLBACK') throw new Error('expected a transaction to commit, it was rolled back');
  }

  async rollback(): Promise<void> {
    try {
      await this.#client.query('rollback');
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }

  release(): void {
    this.#client.release(this.#isBroken);
  }
}
