import { type OpenDatabase, openDatabase } from '../../compose/open-database.ts';
import type { Config } from '../../config/config.ts';
import { findEmbeddedPostgres } from '../../records/server/embedded-postgres.ts';
import { silentLogger } from '../silent-logger.ts';

/**
 * Finds the database for a command beside a daemon or without one: the configured one, or the embedded one, which is
 * joined where a daemon runs it and started for this command where none does.
 * @throws {FaultError} `DATABASE_*`, `DATA_DIR_IN_USE` (a daemon is just starting), `DATA_DIR_UNWRITABLE`
 */
export async function openDatabaseBeside(config: Pick<Config, 'dataDir' | 'postgres'>): Promise<OpenDatabase> {
  const joined = config.postgres === undefined ? await findEmbeddedPostgres(config.dataDir) : null;
  if (joined !== null) return { connection: joined, stop: async () => undefined };
  return openDatabase(config, silentLogger(), () => undefined);
}
