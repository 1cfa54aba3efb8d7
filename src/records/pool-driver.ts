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
  const plans: Plans = { uses: 0, renewAt: FIRST_RENEWAL, renewed: new WeakSet() };
  return {
    init: async () => undefined,
    acquireConnection: async () => new PoolConnection(await pool.connect(), plans),
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

/** Some tens of rows in the tables that grow: before that, reading all of one costs nothing. */
const FIRST_RENEWAL = 64;

/** Which plans the connections of a pool may keep. */
interface Plans {
  /** Named statements that were sent. */
  uses: number;
  /** Plans are made anew from here on, and then each time that twice as many were sent. */
  renewAt: number;
  /** The connections that have none older than that. */
  renewed: WeakSet<pg.PoolClient>;
}

class PoolConnection implements DatabaseConnection {
  readonly #client: pg.PoolClient;
  readonly #plans: Plans;
  #isBroken = false;

  constructor(client: pg.PoolClient, plans: Plans) {
    this.#client = client;
    this.#plans = plans;
  }

  async executeQuery<R>({ sql, parameters, name }: NamedQuery): Promise<QueryResult<R>> {
    if (name !== undefined) await this.#renewPlans();
    const { rows } = await this.#client.query<R & pg.QueryResultRow>({
      text: sql,
      values: [...parameters],
      ...(name !== undefined && { name }),
    });
    return { rows };
  }

  /**
   * The server keeps the plan of a named statement until it has counted the table anew, which takes a minute and more: one
   * made while the table was empty reads all of it until then, and it may have grown by ten thousand rows.
   */
  async #renewPlans(): Promise<void> {
    const plans = this.#plans;
    plans.uses += 1;
    if (plans.uses >= plans.renewAt) {
      plans.renewAt *= 2;
      plans.renewed = new WeakSet();
    }
    if (plans.renewed.has(this.#client)) return;
    plans.renewed.add(this.#client);
    await this.#client.query('discard plans');
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
