import { join } from 'node:path';
import type { Role } from '../../src/domain/role.ts';
import { freePort } from '../support/free-port.ts';
import { type DaemonOptions, type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { waitFor } from '../support/wait-for.ts';
import type { History } from './history.ts';

/** One process of the daemon in a run, and its supervisor. */
export interface ChaosProcess {
  /** What it does; `daemon`: everything. */
  readonly role: Role | 'daemon';
  /** Its role, and which of that it is: `verify 2`. */
  readonly name: string;
  /** Another one after a start that found it taken: while a process is dead, its port is anybody's. */
  port(): number;
  /** The process as it runs, or as it ended. */
  daemon(): LazaretDaemon;
  /** Whether it is there, or has ended without having been made to. */
  isMeantToRun(): boolean;
  kill(): Promise<void>;
  /** Ends it as a supervisor would; resolves with its exit code and the time it took, in ms. */
  terminate(): Promise<{ readonly code: number | null; readonly ms: number }>;
  /** Starts it anew, and waits until it is ready. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Waits until it is ready again; where it has ended, it is started as a supervisor would. */
  recover(): Promise<void>;
}

/** What is the same for all processes of a run. */
export interface Supervised {
  readonly dir: string;
  readonly history: History;
  /** Whether it is the daemon that people start. */
  readonly isBuilt: boolean;
  onStop(stop: () => Promise<unknown>): void;
  options(port: number): Pick<DaemonOptions, 'config' | 'files' | 'env'>;
}

/** From the sources, with leases of seconds, in the limits of memory and with the compiled code that its launcher sets. */
const IN_CHAOS = {
  command: [
    process.execPath,
    '--expose-gc',
    '--max-semi-space-size=8',
    '--heap-growing-percent=100',
    join(import.meta.dirname, 'serve-in-chaos.ts'),
  ],
  env: { MALLOC_ARENA_MAX: '1', NODE_COMPILE_CACHE: join(import.meta.dirname, '../../.cache/compile') },
};
/** As people start it: what was built, by its launcher. */
const AS_BUILT = { command: [join(import.meta.dirname, '../../bin/lazaret')], env: {} };
const WRONG_CLOCK = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'shift-clock.ts')}` };
/** Also while twelve of them start, on a machine with much else to do. */
const READY_WITHIN_MS = 180_000;
const RECOVERED_WITHIN_MS = 60_000;
/** What `kill -9` of a process is called in a history. */
export const KILLED = 'killed';

/** Starts one process, in a folder of its own. */
export async function startProcess(
  { dir, history, isBuilt, onStop, options }: Supervised,
  role: ChaosProcess['role'],
  number: number,
): Promise<ChaosProcess> {
  const program = isBuilt ? AS_BUILT : IN_CHAOS;
  let port = await freePort();
  const name = role === 'daemon' ? role : `${role} ${number}`;
  const run = (env: Readonly<Record<string, string>>): Promise<LazaretDaemon> => {
    const { env: common, ...rest } = options(port);
    return startLazaret({
      ...rest,
      dir: role === 'daemon' ? dir : join(dir, name.replace(' ', '-')),
      port,
      ...(role !== 'daemon' && { roles: role }),
      entry: program.command,
      readyWithinMs: READY_WITHIN_MS,
      env: { ...program.env, ...common, ...env, ...('CHAOS_CLOCK_MS' in env && WRONG_CLOCK) },
    });
  };
  let daemon = await run({});
  onStop(() => daemon.end('SIGTERM'));
  let isMeantToRun = true;
  const end = (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    isMeantToRun = false;
    return daemon.end(signal);
  };
  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    daemon = await run(env).catch(async (error: unknown) => {
      if (!String(error).includes('PORT_IN_USE')) throw error;
      port = await freePort();
      return run(env);
    });
    isMeantToRun = true;
  };
  return {
    role,
    name,
    port: () => port,
    daemon: () => daemon,
    isMeantToRun: () => isMeantToRun,
    async kill() {
      history.add(KILLED, { detail: name });
      await end('SIGKILL');
    },
    async terminate() {
      const before = performance.now();
      const code = await end('SIGTERM');
      return { code, ms: performance.now() - before };
    },
    start,
    async recover() {
      const isReady = async () => daemon.hasEnded() || (await fetch(`${daemon.url}/readyz`)).ok;
      await waitFor(isReady, { what: 'the daemon to recover', timeoutMs: RECOVERED_WITHIN_MS, context: daemon.output });
      if (!daemon.hasEnded()) return;
      history.add('with its disk full, the daemon ended, and is started');
      await start();
    },
  };
}
