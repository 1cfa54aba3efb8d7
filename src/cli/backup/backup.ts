import { stat } from 'node:fs/promises';
import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { FaultError } from '../../kit/errors.ts';
import { refuseExisting, writeBackup } from '../../records/backup/backup-file.ts';
import type { BackupLine } from '../../records/backup/backup-lines.ts';
import { dumpRecord, type RecordDump } from '../../records/backup/dump-record.ts';
import { readTrustFiles } from '../../records/backup/trust-files.ts';
import { createPool } from '../../records/server/create-pool.ts';
import { postgresFolderOf } from '../../records/server/postgres-folder.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import { readVersion } from '../read-version.ts';
import type { OutputFormat } from '../shared-options.ts';
import { silentLogger } from '../silent-logger.ts';
import { openDatabaseBeside } from './open-database-beside.ts';

/** The options of `backup`, as written. */
export interface BackupOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/**
 * Writes the record to a file.
 * @throws {InvalidInputError} `USAGE_INVALID` where the file is there already
 * @throws {FaultError} `BACKUP_UNWRITABLE`, `DATABASE_UNAVAILABLE`, `DATA_DIR_IN_USE`
 */
export async function backup(file: string, options: BackupOptions, { env, terminal }: CliContext): Promise<void> {
  const config = await readConfig(options.config, env);
  await assertRecord(config);
  if (options.dryRun === true) {
    await refuseExisting(file);
    if (options.output === 'json') terminal.out(plainJson({ file, dryRun: true }, 2));
    else terminal.out(plainText(`The record would be written to ${file}. Nothing was done.`));
    return;
  }
  const database = await openDatabaseBeside(config);
  const counts = { rows: 0, files: 0 };
  try {
    const pool = createPool({ connection: database.connection, logger: silentLogger(), max: 1 });
    try {
      const bytes = await dumpRecord(pool, (dump) => writeBackup(file, linesOf(dump, config.dataDir, counts)));
      if (options.output === 'json') terminal.out(plainJson({ file, bytes, ...counts }, 2));
      else
        terminal.out(
          plainText(`${counts.rows} rows and ${counts.files} files of trust roots, ${bytes} bytes: ${file}`),
        );
    } finally {
      await pool.end();
    }
  } finally {
    await database.stop();
  }
}

/** Starting the embedded server would make an empty one. */
async function assertRecord({ dataDir, postgres }: Pick<Config, 'dataDir' | 'postgres'>): Promise<void> {
  if (postgres !== undefined) return;
  await stat(postgresFolderOf(dataDir)).catch((cause: unknown) => {
    throw new FaultError('DATABASE_UNAVAILABLE', `expected a record in ${dataDir}, got none`, {
      retryable: false,
      cause,
      hint: 'no daemon has run on this data folder yet: see dataDir in the configuration',
    });
  });
}

async function* linesOf(
  dump: RecordDump,
  dataDir: string,
  counts: { rows: number; files: number },
): AsyncIterable<BackupLine> {
  const takenAt = new Date().toISOString();
  yield { kind: 'header', header: { format: 1, schema: dump.schema, version: readVersion(), takenAt } };
  for await (const row of dump.rows()) {
    counts.rows += 1;
    yield row;
  }
  // After the rows: the number of a trust epoch must never be lower than those on record.
  for await (const trustFile of readTrustFiles(dataDir)) {
    counts.files += 1;
    yield trustFile;
  }
  yield { kind: 'end', ...counts };
}
