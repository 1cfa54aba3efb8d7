import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Timings } from '../domain/timings.ts';
import type { FaultError } from '../kit/errors.ts';
import { createRecords, type Records } from '../records/create-records.ts';
import { migrate } from '../records/migrate.ts';
import { createPool, type DatabaseConnection } from '../records/server/create-pool.ts';
import { startEmbeddedPostgres } from '../records/server/embedded-postgres.ts';
import { refusePooler } from '../records/server/refuse-pooler.ts';

/** Where the record is kept. */
export interface OpenDatabase {
  readonly connection: DatabaseConnection;
  /** Ends the embedded server, if it is one; close what uses it first. */
  stop(): Promise<void>;
}

/**
 * Finds the database: the configured one, or PostgreSQL started under `dataDir`.
 * @throws {FaultError} `DATA_DIR_IN_USE`, `DATA_DIR_UNWRITABLE`, `DATABASE_UNAVAILABLE`
 */
export async function openDatabase(
  config: Pick<Config, 'dataDir' | 'postgres'>,
  logger: Logger,
  onLost: (fault: FaultError) => void,
): Promise<OpenDatabase> {
  if (config.postgres !== undefined) {
    return { connection: { url: config.postgres.url.reveal() }, stop: async () => undefined };
  }
  return await startEmbeddedPostgres({ dataDir: config.dataDir, logger, onUnexpectedExit: onLost });
}

/**
 * Opens the record in this database, brought up to date.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`, `DATABASE_POOLED`, `DATABASE_TOO_OLD`, `DATABASE_TOO_NEW`
 */
export async function openRecords(connection: DatabaseConnection, logger: Logger, timings?: Timings): Promise<Records> {
  const pool = createPool({ connection, logger });
  try {
    await refusePooler(pool);
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return createRecords(pool, timings);
}
