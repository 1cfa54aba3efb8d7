import { stat } from 'node:fs/promises';
import { openRecords } from '../../compose/open-database.ts';
import type { Config } from '../../config/config.ts';
import type { Records } from '../../records/create-records.ts';
import { postgresFolderOf } from '../../records/server/postgres-folder.ts';
import { openDatabaseBeside } from '../backup/open-database-beside.ts';
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
  if (config.postgres === undefined && !(await exists(postgresFolderOf(config.dataDir)))) return null;
  const database = await openDatabaseBeside(config);
  try {
    const records = await openRecords(database.connection, silentLogger());
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
