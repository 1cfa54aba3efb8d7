import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the kernel's accounting in a second: 100 on every Linux there is. */
const TICKS = 100;

/** CPU time a process has used so far, all its threads, in ms. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

/** Memory a process holds, in MiB (resident set). */
export function rssMbOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

/** CPU time of all descendants of a process so far, in ms: of the embedded PostgreSQL. */
export function childrenCpuMsOf(pid: number): number {
  return descendantsOf(pid).reduce((sum, child) => sum + cpuMsOrZero(child), 0);
}

function descendantsOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) => childrenOf(pid, task));
  return children.flatMap((child) => [child, ...safely(() => descendantsOf(child), [])]);
}

function childrenOf(pid: number, task: string): number[] {
  const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

// A server process may end while we look.
function cpuMsOrZero(pid: number): number {
  return safely(() => cpuMsOf(pid), 0);
}

function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** The same of all descendants that live, to the nanosecond, as the scheduler counts it: of one question. */
export function childrenCpuExactMsOf(pid: number): number {
  const ofOne = (child: number): number => {
    const [onCpu = ''] = readFileSync(`/proc/${child}/schedstat`, 'utf8').split(' ');
    return Number(onCpu) / 1_000_000;
  };
  return descendantsOf(pid).reduce((sum, child) => sum + safely(() => ofOne(child), 0), 0);
}
