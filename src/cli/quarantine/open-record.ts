import { stat } from 'node:fs/promises';
import { openDatabase, openRecords } from '../../compose/open-database.ts';
import type { Config } from '../../config/config.ts';
import type { Records } from '../../records/create-records.ts';
import { findEmbeddedPostgres } from '../../records/server/embedded-postgres.ts';
import { postgresFolderOf } from '../../records/server/postgres-folder.ts';
import { silentLogger } from '../silent-logger.ts';

/** The record, as a command uses it beside a daemon or without one. */
export interface OpenRecord {
  readonly records: Records;
  close(): Promise<void>;
}

/**
 * Opens the record: the configured database; or the embedded one, which is joined where a daemon runs it and started
 * for this command where none does. `null`: no daemon has ever run on this data folder.
 * @throws {FaultError} `DATABASE_*`, `DATA_DIR_IN_USE` (a daemon is just starting), `DATA_DIR_UNWRITABLE`
 */
export async function openRecord(config: Pick<Config, 'dataDir' | 'postgres'>): Promise<OpenRecord | null> {
  const logger = silentLogger();
  const joined = config.postgres === undefined ? await findEmbeddedPostgres(config.dataDir) : null;
  if (joined !== null) {
    const records = await openRecords(joined, logger);
    return { records, close: () => records.close() };
  }
  if (config.postgres === undefined && !(await exists(postgresFolderOf(config.dataDir)))) return null;
  const database = await openDatabase(config, logger, () => undefined);
  try {
    const records = await openRecords(database.connection, logger);
    return { records, close: () => records.close().finally(() => database.stop()) };
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
