import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../free-port.ts';
import { makeTempDir, type TempDir } from '../temp-dir.ts';
import { waitFor } from '../wait-for.ts';
import { type BackendOption, chosenBackend } from './backend.ts';
import { startChild, startRestartable } from './child-process.ts';
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
  /** Of the native server: it is killed, and nothing of it stays. */
  kill?(): Promise<void>;
  /** Of the native server: kills it, and starts it again on the same data. */
  restart?(): Promise<void>;
  /**
   * Of the native server: another one beside it that follows it, and may take its place. From then on what is
   * committed here is on the disks of both.
   */
  startStandby?(): Promise<PostgresStandby>;
  stop(): Promise<void>;
}

/** A server that follows another. */
export interface PostgresStandby {
  /** Makes it a server of its own, once nothing is left to follow. */
  promote(): Promise<PostgresServer>;
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
  // Twelve processes take up to 132 connections: more than the 100 of the default.
  const settings = ['-c', 'max_connections=200', ...(options.durable ? [] : ['-c', 'fsync=off'])];
  const backend = options.backend ?? chosenBackend();
  const running = await (backend === 'docker' ? startInDocker(port, settings) : startNatively(port, settings));
  const server = toServer(port, running);
  try {
    await waitFor(() => query(urlOf(port, 'postgres'), 'SELECT 1'), {
      what: 'PostgreSQL to answer',
      timeoutMs: 30_000,
    });
    if (backend === 'native') await server.createDatabase(DATABASE);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return server;
}

function toServer(port: number, running: Running): PostgresServer {
  return {
    port,
    url: urlOf(port, DATABASE),
    async createDatabase(name) {
      await query(urlOf(port, 'postgres'), `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return urlOf(port, name);
    },
    ...running,
  };
}

function urlOf(port: number, database: string): string {
  return `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;
}

type Running = Pick<PostgresServer, 'kill' | 'restart' | 'startStandby' | 'stop'>;

async function startNatively(port: number, settings: string[]): Promise<Running> {
  const program = findPostgres();
  if (program === undefined) throw new Error('PostgreSQL is not there: run bin/fetch-test-servers postgres');
  const temp = await makeTempDir('pg');
  try {
    const user = await systemUser();
    await initialise(program, temp, user);
    return await startOn({ program, temp, user, port, settings });
  } catch (error) {
    await temp.remove();
    throw error;
  }
}

interface Place {
  readonly program: NativeProgram;
  /** Holds the folder `data`, and the socket. */
  readonly temp: TempDir;
  readonly user: SystemUser | undefined;
  readonly port: number;
  readonly settings: readonly string[];
}

async function startOn(place: Place): Promise<Running> {
  const { program, temp, user, port, settings } = place;
  const start = () =>
    startChild({
      name: 'postgres',
      command: join(program.path, 'postgres'),
      args: [
        ...['-D', join(temp.path, 'data'), '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'jit=off'],
        ...['-c', `unix_socket_directories=${temp.path}`, ...settings],
      ],
      env: program.env,
      cwd: temp.path,
      ...(user && { user: user.name }),
      // A server that follows another says that it accepts what only reads.
      ready: (output) => /ready to accept (read-only )?connections/.test(output),
      stopSignal: 'SIGINT',
    });
  // What it had started notices within moments, and until then no other server may have the folder.
  const again = () => waitFor(start, { what: 'PostgreSQL to start again', timeoutMs: 30_000 });
  const child = await startRestartable(start, again);
  return {
    kill: () => child.kill().finally(() => temp.remove()),
    restart: child.restart,
    startStandby: () => startStandby(place),
    stop: () => child.stop().finally(() => temp.remove()),
  };
}

/** Copies the files of a running server, as `pg_basebackup` does: https://www.postgresql.org/docs/16/continuous-archiving.html */
async function startStandby(of: Place): Promise<PostgresStandby> {
  const temp = await makeTempDir('pg-standby');
  const data = join(temp.path, 'data');
  const client = await connect(urlOf(of.port, 'postgres'));
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    await cp(join(of.temp.path, 'data'), data, {
      recursive: true,
      filter: (path) => !/postmaster\.(pid|opts)$/.test(path),
    });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    await writeFile(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
    await writeFile(join(data, 'standby.signal'), '');
    // Its own word replaces all that the other was told while it ran.
    const source = `host=127.0.0.1 port=${of.port} user=${USER} password=${PASSWORD} application_name=standby`;
    await writeFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
    await giveTo(of.user, temp.path);
    const place = { ...of, temp, port: await freePort() };
    const running = await startOn(place);
    await client.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    await client.query('SELECT pg_reload_conf()');
    const isFollowed = async () => {
      const { rows: followers } = await client.query("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'");
      return followers.length > 0;
    };
    await waitFor(isFollowed, { what: 'the standby to follow', timeoutMs: 30_000 });
    return {
      stop: running.stop,
      async promote() {
        await query(urlOf(place.port, 'postgres'), 'SELECT pg_promote()');
        return toServer(place.port, running);
      },
    };
  } catch (error) {
    await temp.remove();
    throw error;
  } finally {
    await client.end();
  }
}

async function giveTo(user: SystemUser | undefined, folder: string): Promise<void> {
  await chmod(folder, 0o755);
  await chmod(join(folder, 'data'), 0o700);
  if (user === undefined) return;
  await run('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
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

async function initialise(program: NativeProgram, temp: TempDir, user: SystemUser | undefined): Promise<void> {
  const data = join(temp.path, 'data');
  const passwordFile = join(temp.path, 'password');
  await mkdir(data);
  await writeFile(passwordFile, `${PASSWORD}\n`);
  await giveTo(user, temp.path);
  const options = ['-U', USER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C.UTF-8'];
  await run(join(program.path, 'initdb'), ['-D', data, '--no-sync', ...options], {
    cwd: temp.path,
    env: { ...process.env, ...program.env, TZ: 'UTC' },
    ...(user && { uid: user.uid, gid: user.gid }),
  });
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
  const client = await connect(url);
  try {
    await client.query(sql);
    return true;
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  await client.connect();
  return client;
}
