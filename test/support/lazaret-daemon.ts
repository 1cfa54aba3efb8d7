import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { waitFor } from './wait-for.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface DaemonOptions {
  /** Holds the configuration, the policies and the embedded database; lives on across a kill. */
  readonly dir: string;
  /** The configuration, as it would stand in `lazaret.yaml`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Further files to write first, by name relative to `dir`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Port of the daemon's HTTP server, as the configuration has it. */
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What it does, as after `--roles`; absent: everything. */
  readonly roles?: string;
  /** Default: the sources, run by Node itself. */
  readonly entry?: readonly string[];
  /** How long it may take to be ready; default 60 s. */
  readonly readyWithinMs?: number;
}

export interface LazaretDaemon {
  readonly url: string;
  readonly pid: number;
  /** Everything printed so far, standard output and error. */
  output(): string;
  /** The JSON lines logged so far. */
  logs(): readonly Record<string, unknown>[];
  /** Reads one path of the API as JSON. */
  get(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  hasEnded(): boolean;
  /** Sends a signal and waits for the end; resolves with the exit code (null when killed). */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `lazaret serve` as a process of its own and waits until it is ready. */
export async function startLazaret(options: DaemonOptions): Promise<LazaretDaemon> {
  await writeFiles(options);
  const [command = process.execPath, ...args] = options.entry ?? [process.execPath, join(ROOT, 'src/main.ts')];
  const roles = options.roles === undefined ? [] : ['--roles', options.roles];
  const child = spawn(command, [...args, 'serve', '--config', join(options.dir, 'lazaret.yaml'), ...roles], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let text = '';
  const add = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const url = `http://127.0.0.1:${options.port}`;
  try {
    await waitFor(async () => hasEnded(child) || (await fetch(`${url}/readyz`)).ok, {
      what: 'lazaret to be ready',
      timeoutMs: options.readyWithinMs ?? 60_000,
      context: () => text.slice(-6000),
    });
    if (hasEnded(child)) throw new Error(`lazaret ended with code ${child.exitCode}:\n${text.slice(-6000)}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    url,
    pid: child.pid ?? 0,
    output: () => text,
    logs: () => parseLogs(text),
    get: async (path) => {
      const response = await fetch(`${url}${path}`);
      return { status: response.status, body: await response.json() };
    },
    hasEnded: () => hasEnded(child),
    end: (signal) => endProcess(child, signal),
  };
}

async function writeFiles(options: DaemonOptions): Promise<void> {
  const files = { 'lazaret.yaml': stringify(options.config), ...options.files };
  for (const [name, content] of Object.entries(files)) {
    const path = join(options.dir, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content, { mode: 0o600 });
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function parseLogs(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        // The last line may still be on its way.
        return [];
      }
    });
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (hasEnded(child)) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill(signal);
  return await ended;
}
