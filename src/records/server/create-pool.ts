import pg from 'pg';
import type { Logger } from 'pino';

/** Where a database is. Give `url`, or the parts; a `host` that starts with `/` is the folder of a unix socket. */
export type DatabaseConnection =
  | { readonly url: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

export interface PoolOptions {
  readonly connection: DatabaseConnection;
  readonly logger: Logger;
  /** Connections kept at most. Default 10. */
  readonly max?: number;
  /** Seen by operators in `pg_stat_activity`. Default `lazaret`. */
  readonly applicationName?: string;
  /** Where unqualified names are looked up. Default: the schema of the records. */
  readonly searchPath?: string;
  /**
   * Commits need not be on disk when they return: a server that crashes forgets the last half second. Never for the
   * record. https://www.postgresql.org/docs/18/wal-async-commit.html
   */
  readonly mayForget?: boolean;
}

/** The schema every table of the record lives in. */
export const RECORD_SCHEMA = 'lazaret';

// The server is on this machine or near; if it has not answered in 5 s, we take it to be down.
const CONNECT_TIMEOUT_MS = 5_000;
// The slowest of our statements takes milliseconds; 15 s is a stuck disk or a lock, and the caller retries.
const STATEMENT_TIMEOUT_MS = 15_000;
// A transaction of ours never waits for anything but the database; an idle one belongs to a stalled process.
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
// Connections are kept, because logging in costs more than a hundred statements; after a rush they are closed all the
// same.
const IDLE_TIMEOUT_MS = 300_000;
const INT8_OID = 20;

/**
 * Creates the connection pool of the record: 64-bit integers as numbers (ours stay far below 2^53), timestamps as
 * `Date`, every statement with a time limit, and the loss of an idle connection logged instead of ending the process.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const { connection, logger } = options;
  const { url, ...parts } = 'url' in connection ? connection : { ...connection, url: undefined };
  const settings = [
    `SET search_path = ${options.searchPath ?? RECORD_SCHEMA}`,
    `SET statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
    `SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
    ...(options.mayForget ? ['SET synchronous_commit = off'] : []),
  ].join('; ');
  const pool = new pg.Pool({
    ...parts,
    ...(url !== undefined && { connectionString: url }),
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'lazaret',
    // By statement and not as parameters of the connection's start, which PgBouncer refuses.
    onConnect: async (client) => void (await client.query(settings)),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser: typeParserOf },
  });
  // pg emits this for connections nobody is using; without a listener Node would end the process.
  pool.on('error', (error) => {
    // Ending the pool resolves before the server knows, so errors that come after that are not logged.
    if (!pool.ending) logger.warn({ reason: error.message }, 'an idle database connection was lost');
  });
  // And from one that is lent, between two statements of whoever has it: the next of them tells him. The pool takes its own
  // listener off while it lends, so that without this one a restart of PostgreSQL would end the process.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

const typeParserOf: pg.CustomTypesConfig['getTypeParser'] = (oid: number, format?: 'text' | 'binary') => {
  if (oid === INT8_OID && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format);
};
