import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isAlive } from '../folder/process-identity.ts';

/** What a running server says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Folder of its unix socket; empty if it has none. */
  readonly socketFolder: string;
  readonly ready: boolean;
}

/**
 * Reads the server's own file; `undefined` if there is none or it is not written yet.
 * https://www.postgresql.org/docs/18/storage-file-layout.html; the lines are those of `miscadmin.h`.
 */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, , , port, socketFolder, , , status] = text.split('\n');
  if (pid === undefined || !/^[0-9]+$/.test(pid)) return undefined;
  return {
    pid: Number(pid),
    port: Number(port ?? 0),
    socketFolder: socketFolder ?? '',
    ready: status?.trim() === 'ready',
  };
}

/** Whether that process is there and is the server of this very folder: a server's working folder is its cluster. */
export async function isServing(postmaster: Postmaster, data: string): Promise<boolean> {
  if (!isAlive(postmaster.pid)) return false;
  if (process.platform !== 'linux') return true;
  const [folder, own] = await Promise.all([
    readlink(`/proc/${postmaster.pid}/cwd`).catch(() => ''),
    realpath(data).catch(() => data),
  ]);
  return folder === own;
}

const FAST_STOP_MS = 15_000;
const HARD_STOP_MS = 5_000;
const POLL_MS = 20;

/**
 * Stops a server a killed daemon has left behind, cleanly if it lets us, and removes the files by which it would hold
 * its place when they belong to nobody: after a crash its number may be another program's, or a dead process nobody has
 * waited for, and the next server would refuse to start. The caller holds the folder's lock.
 */
export async function stopLeftoverServer(data: string, logger: Logger): Promise<void> {
  const left = await readPostmaster(data);
  if (left === undefined) return;
  if (await isServing(left, data)) {
    logger.warn({ pid: left.pid }, 'stopping the database server an earlier run has left behind');
    // Fast shutdown, then the immediate one, which recovers from the log at the next start.
    await signalAndWait(left, data, 'SIGINT', FAST_STOP_MS);
    await signalAndWait(left, data, 'SIGQUIT', HARD_STOP_MS);
  }
  if (!(await isServing(left, data))) await removeClaims(left, data);
}

async function removeClaims(left: Postmaster, data: string): Promise<void> {
  await rm(join(data, 'postmaster.pid'), { force: true });
  // The socket lies beside the cluster; a file elsewhere is not ours to remove.
  const socket = join(dirname(data), `.s.PGSQL.${left.port}`);
  await Promise.all([rm(socket, { force: true }), rm(`${socket}.lock`, { force: true })]);
}

async function signalAndWait(left: Postmaster, data: string, signal: 'SIGINT' | 'SIGQUIT', ms: number): Promise<void> {
  if (!(await isServing(left, data))) return;
  process.kill(left.pid, signal);
  for (let waited = 0; waited < ms; waited += POLL_MS) {
    if (!(await isServing(left, data))) return;
    await delay(POLL_MS);
  }
}
