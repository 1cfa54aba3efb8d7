import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { waitFor } from '../wait-for.ts';

export interface ChildOptions {
  /** For messages: `redis-server`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Run as this system user; only root can. */
  readonly user?: string;
  /** True once the server answers; may look at its output. Polled. */
  readonly ready: (output: string) => boolean | Promise<boolean>;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface Child {
  readonly pid: number;
  /** Standard output and error so far, the last 64 KiB. */
  output(): string;
  /** Sends the stop signal and waits for the end; SIGKILL after 10 s. Harmless when it has ended already. */
  stop(): Promise<void>;
}

const SETPRIV = '/usr/bin/setpriv';
const KEPT_OUTPUT = 64 * 1024;
const STOP_DEADLINE_MS = 10_000;

/**
 * Starts a server as a child process and waits until it is ready. Where setpriv is there (Linux), the child ends with
 * its parent even when that is killed, so a crashed test run leaves nothing behind.
 *
 * @throws Error with the end of the server's output when it exits early or is not ready in time.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawnChild(options);
  const read = collectOutput(child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = () => stopChild(child, ended, options.stopSignal ?? 'SIGTERM');
  try {
    await waitUntilReady(child, options, read);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, output: read, stop };
}

/** A server that can be killed and started again as it was. */
export interface RestartableChild extends Pick<Child, 'stop'> {
  /** Kills it, and starts it anew. */
  restart(): Promise<void>;
  /** Kills it for good. */
  kill(): Promise<void>;
}

/** Starts a server by `start`, and each time after that by `again`. */
export async function startRestartable(
  start: () => Promise<Child>,
  again: () => Promise<Child> = start,
): Promise<RestartableChild> {
  let child = await start();
  const kill = async (): Promise<void> => void process.kill(child.pid, 'SIGKILL');
  return {
    kill,
    async restart() {
      await kill();
      child = await again();
    },
    stop: () => child.stop(),
  };
}

function spawnChild(options: ChildOptions): ChildProcess {
  const { user } = options;
  const prefix = existsSync(SETPRIV) ? ['--pdeathsig', 'KILL'] : [];
  const asUser = user === undefined ? [] : ['--reuid', user, '--regid', primaryGroupOf(user), '--clear-groups'];
  const wrapped = prefix.length > 0 || asUser.length > 0;
  const [command, args] = wrapped
    ? [SETPRIV, [...asUser, ...prefix, '--', options.command, ...options.args]]
    : [options.command, [...options.args]];
  return spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

function primaryGroupOf(user: string): string {
  return user === 'nobody' ? 'nogroup' : user;
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  child.once('error', (error) => add(Buffer.from(`${error.message}\n`)));
  return () => text;
}

async function waitUntilReady(child: ChildProcess, options: ChildOptions, read: () => string): Promise<void> {
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  const gone = () => failed || child.exitCode !== null || child.signalCode !== null;
  await waitFor(async () => gone() || (await options.ready(read())), {
    what: `${options.name} to be ready`,
    timeoutMs: options.timeoutMs ?? 30_000,
    context: () => `its output:\n${read().slice(-4096)}`,
  });
  if (gone()) throw new Error(`${options.name} ended while starting (code ${child.exitCode}):\n${read().slice(-4096)}`);
}

async function stopChild(child: ChildProcess, ended: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(timer);
}
