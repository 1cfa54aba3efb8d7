import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FaultError } from '../../kit/errors.ts';
import { syncFolder, writeSynced } from '../../kit/io/atomic-file.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import type { ServerAccount } from './server-account.ts';
import { SERVER_ENVIRONMENT } from './server-environment.ts';

/** What lies in `dataDir/postgres`. */
export interface PostgresFolder {
  readonly path: string;
  /** The cluster itself. */
  readonly data: string;
  readonly password: string;
}

/** The role and database of the embedded server; the server is ours alone, so its first database will do. */
export const EMBEDDED_USER = 'lazaret';
export const EMBEDDED_DATABASE = 'postgres';

const run = promisify(execFile);
// initdb takes a second; on a slow disk with real fsync some.
const INITDB_TIMEOUT_MS = 120_000;

/** Where the embedded server lives under a data folder. */
export function postgresFolderOf(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/** Where its cluster is. */
export function clusterOf(dataDir: string): string {
  return join(postgresFolderOf(dataDir), 'data');
}

/**
 * Makes the folder of the embedded server ready: password, and the cluster, created once. The cluster is made beside
 * its place and moved there when it is whole, so that a crash half-way leaves nothing that looks like one.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`
 */
export async function preparePostgresFolder(
  dataDir: string,
  programs: PostgresPrograms,
  server: ServerAccount,
): Promise<PostgresFolder> {
  const path = postgresFolderOf(dataDir);
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  await handOver(path, server);
  const data = clusterOf(dataDir);
  const exists = await isCluster(data);
  const password = await readOrCreatePassword(path, server, exists);
  if (!exists) await createCluster(path, data, programs, server);
  // PostgreSQL refuses a cluster that its group may write, which is what volumes of a shared group make of it
  // (Kubernetes: fsGroup). Where the folder is not ours to change, the server says what is wrong.
  await chmod(data, 0o700).catch(() => undefined);
  return { path, data, password };
}

async function handOver(path: string, { account }: ServerAccount): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}

async function isCluster(data: string): Promise<boolean> {
  return stat(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

async function readOrCreatePassword(folder: string, server: ServerAccount, exists: boolean): Promise<string> {
  const path = passwordFileOf(folder);
  const present = await readFile(path, 'utf8').catch(() => '');
  if (present.trim() !== '') return present.trim();
  if (exists) {
    throw new FaultError('DATABASE_UNAVAILABLE', `the password of the embedded PostgreSQL is missing: ${path}`, {
      retryable: false,
      hint: 'restore the whole dataDir from one backup',
    });
  }
  const password = randomBytes(24).toString('base64url');
  // Written aside and forced to disk first, so that a crash never leaves an empty file for one: the cluster that is
  // made with it could not be opened again.
  const draft = `${path}.new`;
  await writeSynced(draft, `${password}\n`);
  await handOver(draft, server);
  await rename(draft, path);
  await syncFolder(folder);
  return password;
}

/** The file that holds the password, for the daemon's user and the server's only. */
export function passwordFileOf(folder: string): string {
  return join(folder, 'password');
}

async function createCluster(
  folder: string,
  data: string,
  programs: PostgresPrograms,
  server: ServerAccount,
): Promise<void> {
  await removeDrafts(folder);
  // A name of its own each time: an initdb whose daemon was killed may still be writing into the last one.
  const draft = `${data}.new-${randomBytes(4).toString('hex')}`;
  const { program, args, ids } = server.command(programs.initdb, [
    ...['-D', draft, '-U', EMBEDDED_USER, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'],
    ...[`--pwfile=${passwordFileOf(folder)}`, '--data-checksums', '--no-instructions'],
  ]);
  try {
    await run(program, [...args], { cwd: '/', env: SERVER_ENVIRONMENT, timeout: INITDB_TIMEOUT_MS, ...ids });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().slice(-500) : '';
    throw new FaultError('DATABASE_UNAVAILABLE', `could not create the embedded database: ${output || 'no output'}`, {
      retryable: false,
      cause: error,
      hint: 'check free space and permissions of dataDir',
    });
  }
  await rename(draft, data);
  await syncFolder(folder);
}

async function removeDrafts(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names.filter((each) => each.startsWith('data.new-'))) {
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
}
