import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { FaultError } from '../../kit/errors.ts';
import type { PostgresFolder } from './postgres-folder.ts';
import { readPostmaster } from './postmaster-file.ts';
import type { ServerAccount } from './server-account.ts';
import { SERVER_ENVIRONMENT } from './server-environment.ts';

/** Where a server listens: a folder with its socket, or a loopback address. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface RunningServer {
  readonly address: ServerAddress;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly folder: PostgresFolder;
  readonly program: string;
  readonly account: ServerAccount;
  readonly logger: Logger;
  readonly onUnexpectedExit: ((fault: FaultError) => void) | undefined;
}

// sun_path holds 108 bytes with the closing NUL on Linux, 104 elsewhere; the file's name is `.s.PGSQL.` and the port.
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const SOCKET_PORT = 5432;
// Replaying the log after a power loss takes as long as it takes; a minute is far beyond our volumes.
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 10;
// A free port may be taken before the server has it, and the last children of a killed server live on for a moment.
const MAX_STARTS = 3;
const RESTART_DELAY_MS = 500;
const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5_000;

/** The address a server of this folder has, or had, on this port. */
export function chooseAddress(folder: string, port: number): ServerAddress {
  const fits = Buffer.byteLength(join(folder, `.s.PGSQL.${SOCKET_PORT}`)) <= SOCKET_PATH_BYTES;
  return fits ? { host: folder, port: SOCKET_PORT } : { host: '127.0.0.1', port };
}

/** Starts the server and waits until it answers. @throws {FaultError} `DATABASE_UNAVAILABLE` with the end of its log */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  for (let tries = 1; ; tries += 1) {
    const address = chooseAddress(options.folder.path, await freePort());
    try {
      return await startOnce(options, address);
    } catch (error) {
      if (tries === MAX_STARTS || !(error instanceof FaultError && error.retryable)) throw error;
      options.logger.warn({ reason: error.message }, 'the embedded database did not start; once more');
      await delay(RESTART_DELAY_MS);
    }
  }
}

async function startOnce(options: ServerOptions, address: ServerAddress): Promise<RunningServer> {
  const child = await spawnServer(options, address);
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done());
    child.once('error', () => done());
  });
  const guard = () => child.kill('SIGINT');
  // The last resort when the process ends without having stopped us: a forced stop, an uncaught error.
  process.once('exit', guard);
  void exited.then(() => process.off('exit', guard));
  const stop = () => stopChild(child, exited);
  try {
    await waitUntilReady(options, child);
  } catch (error) {
    await stop();
    throw error;
  }
  let stopping = false;
  void exited.then(async () => {
    if (stopping) return;
    const how = child.signalCode === null ? `exit code ${child.exitCode}` : `by ${child.signalCode}`;
    const ended = await fault(options, `the embedded database has ended unexpectedly (${how})`);
    options.onUnexpectedExit?.(ended);
  });
  return {
    address,
    pid: child.pid ?? 0,
    stop: () => {
      stopping = true;
      return stop();
    },
  };
}

async function spawnServer({ folder, program, account }: ServerOptions, address: ServerAddress): Promise<ChildProcess> {
  const { program: file, args, ids } = account.command(program, ['-D', folder.data, ...settingsFor(address)]);
  const log = await open(logFileOf(folder), 'w', 0o600);
  try {
    return spawn(file, [...args], {
      // A session of its own: Ctrl-C in a terminal reaches us alone, and we stop the server when the work has ended.
      detached: true,
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      // A file and not a pipe: the server must not depend on us reading.
      stdio: ['ignore', log.fd, log.fd],
      ...ids,
    });
  } finally {
    await log.close();
  }
}

function settingsFor({ host, port }: ServerAddress): readonly string[] {
  const socket = host.startsWith('/');
  const settings: Readonly<Record<string, string | number>> = {
    port,
    listen_addresses: socket ? '' : host,
    unix_socket_directories: socket ? host : '',
    unix_socket_permissions: '0700',
    // The record is what we promise on: every commit reaches the disk before it is acknowledged.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // What is asked for lies in memory, or on a disk without arms: with PostgreSQL's default of 4, tables of some thousand rows
    // are read whole rather than looked up.
    random_page_cost: 1.1,
    // One small daemon: little memory, no replicas, no parallel queries.
    max_connections: 60,
    shared_buffers: '32MB',
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_logical_replication_workers: 0,
    max_parallel_workers_per_gather: 0,
    io_method: 'sync',
    jit: 'off',
    max_wal_size: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function waitUntilReady(options: ServerOptions, child: ChildProcess): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (failure !== undefined || child.exitCode !== null || child.signalCode !== null) break;
    const postmaster = await readPostmaster(options.folder.data);
    if (postmaster?.ready && postmaster.pid === child.pid) return;
    await delay(POLL_MS);
  }
  throw await fault(options, 'the embedded database did not start', failure);
}

async function stopChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  // Fast shutdown, immediate shutdown (the next start replays the log), and no more questions.
  for (const [signal, ms] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    child.kill(signal);
    const cancel = new AbortController();
    const late = delay(ms, 'late', { signal: cancel.signal }).catch(() => 'late');
    const first = await Promise.race([exited.then(() => 'exited'), late]);
    cancel.abort();
    if (first === 'exited') return;
  }
  child.kill('SIGKILL');
  await exited;
}

function logFileOf(folder: PostgresFolder): string {
  return join(folder.path, 'server.log');
}

// What went wrong and, where it has some, its detail and its hint.
const LOG_LINES = 3;

async function fault(options: ServerOptions, what: string, cause?: Error): Promise<FaultError> {
  const log = await readFile(logFileOf(options.folder), 'utf8').catch(() => '');
  const reason = log.trim().split('\n').slice(-LOG_LINES).join('; ') || cause?.message || 'it left no message';
  return new FaultError('DATABASE_UNAVAILABLE', `${what}: ${reason}`, {
    retryable: true,
    cause,
    hint: `its log is ${logFileOf(options.folder)}; nothing on record is lost: start Lazaret again when it is mended`,
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
