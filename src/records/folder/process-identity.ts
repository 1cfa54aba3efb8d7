import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Enough about a process to tell later, from a file, whether it still runs. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Changes with every boot and every container: a pid means nothing outside its own. */
  readonly namespace: string;
  /** When it started, in clock ticks since boot; empty where the system does not tell. A pid is used again, this is not. */
  readonly started: string;
}

/** Describes the running process. */
export async function describeThisProcess(): Promise<ProcessIdentity> {
  const [boot, pidNamespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  const namespace = `${hostname()} ${boot.trim()} ${pidNamespace}`;
  const { started } = await readStat(process.pid);
  return { pid: process.pid, host: hostname(), namespace, started };
}

/** Whether the process runs: `undefined` if it belongs to another machine or container and cannot be seen from here. */
export async function isRunning(other: ProcessIdentity): Promise<boolean | undefined> {
  const here = await describeThisProcess();
  if (other.namespace !== here.namespace) return undefined;
  const { started, state } = await readStat(other.pid);
  // A dead process keeps its number and start time until its parent waits for it, which some parents never do.
  return isAlive(other.pid) && started === other.started && !/[ZX]/.test(state);
}

/** Whether some process has this pid. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process is there but belongs to another user, so we may not signal it.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

// Fields 3 and 22 of proc_pid_stat(5); the second is a name in parentheses that may itself hold spaces and parentheses.
async function readStat(pid: number): Promise<{ readonly state: string; readonly started: string }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}
