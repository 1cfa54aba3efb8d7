import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../free-port.ts';
import { makeTempDir, type TempDir } from '../temp-dir.ts';
import { waitFor } from '../wait-for.ts';
import { type BackendOption, chosenBackend } from './backend.ts';
import { startChild } from './child-process.ts';
import { startContainer } from './container.ts';
import { findPostgres, type NativeProgram } from './native-paths.ts';

export interface PostgresOptions extends BackendOption {
  /** Default: a free one. */
  readonly port?: number;
  /** Whether commits reach the disk; default false, which is right for everything but kill tests. */
  readonly durable?: boolean;
}

export interface PostgresServer {
  readonly port: number;
  /** `postgres://lazaret:…@127.0.0.1:PORT/lazaret`; the user is a superuser. */
  readonly url: string;
  /** Creates an empty database beside the first and returns its URL: one server can serve a whole test file. */
  createDatabase(name: string): Promise<string>;
  /** Of the native server. */
  readonly pid?: number;
  stop(): Promise<void>;
}

const USER = 'lazaret';
const PASSWORD = 'lazaret-pw';
const DATABASE = 'lazaret';
const INSIDE_PORT = 5432;
const run = promisify(execFile);

/** Starts an external PostgreSQL (14 or later; the image is 16) with one empty database `lazaret`. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const port = options.port ?? (await freePort());
  const durability = options.durable ? [] : ['-c', 'fsync=off'];
  const backend = options.backend ?? chosenBackend();
  const running = await (backend === 'docker' ? startInDocker(port, durability) : startNatively(port, durability));
  const urlOf = (database: string) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  const createDatabase = async (name: string) => {
    await query(urlOf('postgres'), `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return urlOf(name);
  };
  try {
    await waitFor(() => query(urlOf('postgres'), 'SELECT 1'), { what: 'PostgreSQL to answer', timeoutMs: 30_000 });
    if (backend === 'native') await createDatabase(DATABASE);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { port, url: urlOf(DATABASE), createDatabase, ...running };
}

type Running = { readonly pid?: number; stop(): Promise<void> };

async function startNatively(port: number, settings: string[]): Promise<Running> {
  const program = findPostgres();
  if (program === undefined) throw new Error('PostgreSQL is not there: run bin/fetch-test-servers postgres');
  const temp = await makeTempDir('pg');
  try {
    const user = await systemUser();
    const data = await initialise(program, temp, user);
    const child = await startChild({
      name: 'postgres',
      command: join(program.path, 'postgres'),
      args: [
        ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'jit=off'],
        ...['-c', `unix_socket_directories=${temp.path}`, ...settings],
      ],
      env: program.env,
      cwd: temp.path,
      ...(user && { user: user.name }),
      ready: (output) => output.includes('ready to accept connections'),
      stopSignal: 'SIGINT',
    });
    return { pid: child.pid, stop: () => child.stop().finally(() => temp.remove()) };
  } catch (error) {
    await temp.remove();
    throw error;
  }
}

interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL and PgBouncer refuse to run as root: then its own user does, or `nobody` where only unpacked files are there. */
export async function systemUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].map((name) => accounts.find((fields) => fields[0] === name)).find(Boolean);
  if (found === undefined) throw new Error('no user postgres or nobody to run PostgreSQL as, and root may not');
  return { name: found[0] ?? '', uid: Number(found[2]), gid: Number(found[3]) };
}

async function initialise(program: NativeProgram, temp: TempDir, user: SystemUser | undefined): Promise<string> {
  const data = join(temp.path, 'data');
  const passwordFile = join(temp.path, 'password');
  await mkdir(data);
  await writeFile(passwordFile, `${PASSWORD}\n`);
  await chmod(temp.path, 0o755);
  await chmod(data, 0o700);
  if (user !== undefined) {
    for (const path of [temp.path, data, passwordFile]) await chown(path, user.uid, user.gid);
  }
  const options = ['-U', USER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8'];
  await run(join(program.path, 'initdb'), ['-D', data, '--no-sync', ...options], {
    cwd: temp.path,
    env: { ...process.env, ...program.env, TZ: 'UTC' },
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  return data;
}

async function startInDocker(port: number, settings: string[]): Promise<Running> {
  const container = await startContainer({
    image: 'postgres:16-alpine',
    ports: [{ container: INSIDE_PORT, host: port }],
    env: { POSTGRES_USER: USER, POSTGRES_PASSWORD: PASSWORD, POSTGRES_DB: DATABASE },
    command: ['postgres', ...settings],
    // The image starts a first server for its own set-up, and a second one for us.
    ready: { log: /PostgreSQL init process complete/ },
  });
  return { stop: container.stop };
}

async function query(url: string, sql: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(sql);
    return true;
  } finally {
    await client.end();
  }
}
