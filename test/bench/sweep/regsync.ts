import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { makeTempDir } from '../../support/temp-dir.ts';
import { cpuMsOf, rssMbOf } from '../process-usage.ts';

const VERSION = 'v0.11.1';
const FOLDER = join(import.meta.dirname, '../../../.cache/bench', `regsync-${VERSION}`);
/** How exactly its CPU is told: the kernel counts in steps of 10 ms itself. */
const LOOK_MS = 20;

/** What one process used. */
export interface Usage {
  readonly seconds: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Has regsync built by Go, once. @throws Error why it cannot be had */
export async function installRegsync(): Promise<string> {
  const command = join(FOLDER, 'regsync');
  const isThere = await access(command).then(
    () => true,
    () => false,
  );
  if (isThere) return command;
  await mkdir(FOLDER, { recursive: true });
  const env = { ...process.env, GOBIN: FOLDER };
  await promisify(execFile)('go', ['install', `github.com/regclient/regclient/cmd/regsync@${VERSION}`], { env });
  return command;
}

/**
 * `regsync check` of a whole registry: its catalogue, the tags of each repository, and a HEAD of each tag. What it compares
 * them with is a folder that is not there, which costs it no request; and it says only what goes wrong.
 */
export async function runRegsyncCheck(command: string, registryUrl: string): Promise<Usage> {
  const dir = await makeTempDir('regsync');
  const { host } = new URL(registryUrl);
  const config = {
    version: 1,
    creds: [{ registry: host, tls: 'disabled' }],
    defaults: { skipDockerConfig: true },
    sync: [{ source: host, target: `ocidir://${dir.path}/none`, type: 'registry' }],
  };
  try {
    const file = join(dir.path, 'regsync.yml');
    await writeFile(file, stringify(config));
    return await measureProcess(command, ['check', '--config', file, '--verbosity', 'warn']);
  } finally {
    await dir.remove();
  }
}

async function measureProcess(command: string, args: readonly string[]): Promise<Usage> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => {
    told = (told + chunk.toString()).slice(-2_000);
  });
  const ended = once(child, 'exit');
  const over = ended.then(([code]) => Number(code));
  let [cpuMs, rssMb] = [0, 0];
  while (child.exitCode === null && child.signalCode === null) {
    try {
      cpuMs = cpuMsOf(child.pid ?? 0);
      rssMb = Math.max(rssMb, rssMbOf(child.pid ?? 0) || 0);
    } catch {
      // It has just ended.
    }
    await Promise.race([over, delay(LOOK_MS)]);
  }
  const code = await over;
  if (code !== 0) throw new Error(`regsync ended with code ${code}: ${told}`);
  return { seconds: (performance.now() - started) / 1_000, cpuMs, rssMb };
}
