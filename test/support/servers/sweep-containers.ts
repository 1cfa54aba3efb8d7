import { execFileSync } from 'node:child_process';
import { CONTAINER_LABEL } from './container.ts';

/** Removes the containers that tests of processes no longer alive have left behind; never those of a running test. */
export function sweepContainers(): void {
  const format = `{{.ID}} {{.Label "${CONTAINER_LABEL}"}}`;
  const listed = docker('ps', '--all', '--filter', `label=${CONTAINER_LABEL}`, '--format', format);
  for (const line of listed.split('\n').filter(Boolean)) {
    const [id = '', pid] = line.split(' ');
    if (!isAlive(Number(pid))) docker('rm', '--force', '--volumes', id);
  }
}

function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
