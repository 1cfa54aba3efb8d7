import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../../compose/open-database.ts';
import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { errorCode } from '../../kit/error-code.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { readBackup } from '../../records/backup/backup-file.ts';
import { type BackupHeader, type BackupLine, invalidBackup } from '../../records/backup/backup-lines.ts';
import { loadRecord } from '../../records/backup/load-record.ts';
import { writeTrustFile } from '../../records/backup/trust-files.ts';
import { takeFolder, toFolderFault } from '../../records/folder/data-folder.ts';
import { createPool, type DatabaseConnection } from '../../records/server/create-pool.ts';
import { refusePooler } from '../../records/server/refuse-pooler.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { silentLogger } from '../silent-logger.ts';

/** The options of `restore`, as written. */
export interface RestoreOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/**
 * Makes the record anew from a backup. What fails leaves no rows and no trust roots; a
 * server that was set up in an empty folder stays there.
 * @throws {InvalidInputError} `BACKUP_INVALID`; `USAGE_INVALID` where the data folder or the database is not empty
 * @throws {FaultError} `DATABASE_*`, `DATA_DIR_IN_USE`, `DATA_DIR_UNWRITABLE`
 */
export async function restore(file: string, options: RestoreOptions, { env, terminal }: CliContext): Promise<void> {
  const config = await readConfig(options.config, env);
  await assertEmpty(config.dataDir);
  const [header, lines] = await open(file);
  const isDry = options.dryRun === true;
  const rows = isDry ? await countRows(lines) : await load(config, header, lines);
  const { takenAt, version } = header;
  if (options.output === 'json') terminal.out(plainJson({ rows, takenAt, version, ...(isDry && { dryRun: true }) }, 2));
  else {
    terminal.out(plainText(`${rows} rows, as they stood at ${takenAt}, of Lazaret ${version}.`));
    if (isDry)
      terminal.err('The file is whole. Nothing was restored; whether a database of yours is empty was not asked.');
    else terminal.err('What was pushed since is not on record: a source of the kind "poll" finds it.');
  }
}

/** Reads a backup to its end, which tells whether it is whole. */
async function countRows(lines: AsyncIterator<BackupLine>): Promise<number> {
  let rows = 0;
  for (let next = await lines.next(); !next.done; next = await lines.next()) if (next.value.kind === 'row') rows += 1;
  return rows;
}

/** Folders of file systems that are just mounted hold one thing. */
const OF_NOBODY = 'lost+found';

async function assertEmpty(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw toFolderFault(error, dataDir);
  });
  const found = names.filter((name) => name !== OF_NOBODY);
  if (found.length === 0) return;
  throw new InvalidInputError('USAGE_INVALID', `expected an empty folder to restore into, got ${dataDir}`, [
    {
      where: 'dataDir',
      message: `it holds ${found.slice(0, 3).join(', ')}`,
      hint: 'Move it away, or set dataDir to another folder.',
    },
  ]);
}

async function open(file: string): Promise<[BackupHeader, AsyncIterator<BackupLine>]> {
  const lines = readBackup(file)[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  if (done || value.kind !== 'header') throw invalidBackup('got one without its first line');
  return [value.header, lines];
}

async function load(config: Config, { schema }: BackupHeader, lines: AsyncIterator<BackupLine>): Promise<number> {
  const lock = config.postgres === undefined ? undefined : await takeFolder(config.dataDir);
  try {
    const database = await openDatabase(config, silentLogger(), () => undefined);
    const put = { begun: false };
    try {
      // The last line comes, and the files are written, before the transaction of the rows is committed.
      return await loadInto(database.connection, { schema, rows: rowsOf(lines, config.dataDir, put) });
    } catch (error) {
      // Before that the folder may be somebody else's, who was faster.
      if (put.begun) await rm(join(config.dataDir, 'trust'), { recursive: true, force: true });
      throw error;
    } finally {
      await database.stop();
    }
  } finally {
    await lock?.release();
  }
}

async function loadInto(connection: DatabaseConnection, from: Parameters<typeof loadRecord>[1]): Promise<number> {
  const pool = createPool({ connection, logger: silentLogger(), max: 2 });
  try {
    await refusePooler(pool);
    return await loadRecord(pool, from);
  } finally {
    await pool.end();
  }
}

async function* rowsOf(lines: AsyncIterator<BackupLine>, dataDir: string, put: { begun: boolean }) {
  put.begun = true;
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    const line = next.value;
    if (line.kind === 'row') yield line;
    if (line.kind === 'file') await writeTrustFile(dataDir, line);
  }
}
