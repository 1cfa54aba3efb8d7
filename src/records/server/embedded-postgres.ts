// The room `records/server`: the PostgreSQL that Lazaret starts for itself, and the connections to it or to yours.

import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { FaultError } from '../../kit/errors.ts';
import { takeFolder, toFolderFault } from '../folder/data-folder.ts';
import type { FolderLock } from '../folder/folder-lock.ts';
import type { DatabaseConnection } from './create-pool.ts';
import {
  clusterOf,
  EMBEDDED_DATABASE,
  EMBEDDED_USER,
  passwordFileOf,
  postgresFolderOf,
  preparePostgresFolder,
} from './postgres-folder.ts';
import { findPostgresPrograms } from './postgres-programs.ts';
import { isServing, readPostmaster, stopLeftoverServer } from './postmaster-file.ts';
import { chooseServerAccount } from './server-account.ts';
import { SERVER_ENVIRONMENT } from './server-environment.ts';
import { chooseAddress, type RunningServer, type ServerAddress, startServer } from './server-process.ts';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Called if the server ends without `stop` having been asked for. */
  readonly onUnexpectedExit?: (fault: FaultError) => void;
}

/** The embedded server, running. */
export interface EmbeddedPostgres {
  readonly connection: DatabaseConnection;
  readonly pid: number;
  /** Stops the server cleanly and frees the folder. Close the pools first. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL under `dataDir/postgres`, for this process alone: takes the folder, creates the cluster if there is
 * none, stops what a killed daemon has left. Commits reach the disk. It listens on a unix socket in its own folder, or
 * on a loopback port where that path is too long.
 * @throws {FaultError} `DATA_DIR_IN_USE`, `DATA_DIR_UNWRITABLE`, `DATABASE_UNAVAILABLE`, `DATABASE_TOO_NEW`,
 * `DATABASE_TOO_OLD`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const lock = await takeFolder(dataDir);
  try {
    const { server, connection } = await startIn(dataDir, options);
    return { connection, pid: server.pid, stop: stopper(server, lock) };
  } catch (error) {
    await lock.release();
    throw toFolderFault(error, dataDir);
  }
}

async function startIn(
  dataDir: string,
  { logger, onUnexpectedExit }: EmbeddedPostgresOptions,
): Promise<{ server: RunningServer; connection: DatabaseConnection }> {
  const programs = await findPostgresPrograms();
  await refuseOtherVersion(clusterOf(dataDir), programs.postgres);
  const account = await chooseServerAccount(postgresFolderOf(dataDir), [programs.postgres, programs.initdb]);
  const folder = await preparePostgresFolder(dataDir, programs, account);
  await stopLeftoverServer(folder.data, logger);
  const server = await startServer({ folder, program: programs.postgres, account, logger, onUnexpectedExit });
  return { server, connection: connectionTo(server.address, folder.password) };
}

function connectionTo(address: ServerAddress, password: string): DatabaseConnection {
  return { ...address, user: EMBEDDED_USER, password, database: EMBEDDED_DATABASE };
}

function stopper(server: RunningServer, lock: FolderLock): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stopOnce = async () => {
    try {
      await server.stop();
    } finally {
      await lock.release();
    }
  };
  return () => {
    stopping ??= stopOnce();
    return stopping;
  };
}

/**
 * Finds the embedded server of a daemon that is running on this folder, for commands that look at its record.
 * `null` if none runs. Takes no lock and starts nothing. @throws {FaultError} `DATA_DIR_UNWRITABLE` if it may not be read
 */
export async function findEmbeddedPostgres(dataDir: string): Promise<DatabaseConnection | null> {
  const folder = postgresFolderOf(resolve(dataDir));
  const data = clusterOf(resolve(dataDir));
  try {
    await stat(folder);
    const postmaster = await readPostmaster(data);
    if (postmaster === undefined || !postmaster.ready || !(await isServing(postmaster, data))) return null;
    const password = (await readFile(passwordFileOf(folder), 'utf8')).trim();
    return connectionTo(chooseAddress(folder, postmaster.port), password);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw toFolderFault(error, dataDir);
  }
}

const run = promisify(execFile);

/**
 * Refuses a cluster of another major version: PostgreSQL would not start on it, and would say why only in its log.
 * https://www.postgresql.org/docs/18/upgrading.html
 * @throws {FaultError} `DATABASE_TOO_NEW`, `DATABASE_TOO_OLD`
 */
async function refuseOtherVersion(data: string, program: string): Promise<void> {
  const present = Number.parseInt(await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => ''), 10);
  if (Number.isNaN(present)) return;
  const { stdout } = await run(program, ['--version'], { cwd: '/', env: SERVER_ENVIRONMENT });
  const own = Number.parseInt(/ (\d+)/.exec(stdout)?.[1] ?? '', 10);
  if (Number.isNaN(own) || present === own) return;
  const what = `expected a database of PostgreSQL ${own} in ${data}, got one of PostgreSQL ${present}`;
  if (present > own) {
    const hint = 'a newer Lazaret has made this folder: run that version, or give this one a dataDir of its own';
    throw new FaultError('DATABASE_TOO_NEW', what, { retryable: false, hint });
  }
  const hint = 'dump it with the Lazaret that made it and load it into a new dataDir, or use pg_upgrade';
  throw new FaultError('DATABASE_TOO_OLD', what, { retryable: false, hint });
}
