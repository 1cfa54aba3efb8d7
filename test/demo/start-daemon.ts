import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/lazaret');
const SETPRIV = '/usr/bin/setpriv';
// The daemon gives up on what is under way after 20 s; then its PostgreSQL still has to stop.
const STOP_DEADLINE_MS = 30_000;

export interface DemoDaemon {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts `lazaret serve` as its users do, with its log in a file, and waits until it is ready. It is out of the reach
 * of Ctrl-C, so that it is stopped once and in its turn, and ends with this process should that be killed.
 */
export async function startDaemon(options: {
  readonly configFile: string;
  readonly logFile: string;
  readonly port: number;
}): Promise<DemoDaemon> {
  const log = await open(options.logFile, 'w', 0o600);
  const serve = [LAUNCHER, 'serve', '--config', options.configFile];
  const [command = '', ...args] = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'TERM', '--', ...serve] : serve;
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  const exited = once(child, 'exit');
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (hasEnded()) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await exited;
    clearTimeout(timer);
  };
  const url = `http://127.0.0.1:${options.port}`;
  try {
    await waitFor(async () => hasEnded() || (await fetch(`${url}/readyz`)).ok, {
      what: 'the daemon to be ready',
      timeoutMs: 60_000,
    });
    if (hasEnded()) throw new Error(`the daemon ended with code ${child.exitCode}`);
  } catch (error) {
    await stop();
    const words = (await readFile(options.logFile, 'utf8')).slice(-4000);
    throw new Error(`${error instanceof Error ? error.message : String(error)}; its log ends with:\n${words}`);
  }
  return { url, stop };
}
