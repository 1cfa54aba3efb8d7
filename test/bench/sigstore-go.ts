import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { access, copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { RealBundle } from '../unit/verification/real-bundles.ts';
import type { VerifyingSide } from './verify.ts';

const VERSION = 'v1.3.0';
const FOLDER = join(import.meta.dirname, '../../.cache/bench', `sigstore-go-${VERSION}`);
const SOURCE = join(import.meta.dirname, 'sigstore-go/main.go');
const BUNDLES = join(import.meta.dirname, '../fixtures/bundles');

/** Has sigstore-go built by Go, once, and starts it beside the others. @throws Error why it cannot be had */
export async function startSigstoreGo(bundles: readonly RealBundle[]): Promise<VerifyingSide> {
  const command = await build();
  const about = bundles.flatMap(({ name, root, subject }) => [name, `trusted-root.${root}.json`, subject.digest]);
  // One processor, so that its collector does not run beside what it verifies.
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(command, [BUNDLES, ...about], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, GOMAXPROCS: '1' },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async cpuMs({ bundle, times }) {
      child.stdin.write(`${bundle} ${times}\n`);
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`the process that verified ${bundle} ended; see above`);
      return Number(value);
    },
    end: () => child.kill(),
  };
}

async function build(): Promise<string> {
  const command = join(FOLDER, 'side');
  const isThere = await access(command).then(
    () => true,
    () => false,
  );
  if (isThere) return command;
  await mkdir(FOLDER, { recursive: true });
  await copyFile(SOURCE, join(FOLDER, 'main.go'));
  const go = (...args: readonly string[]) => promisify(execFile)('go', args, { cwd: FOLDER });
  await access(join(FOLDER, 'go.mod')).catch(() => go('mod', 'init', 'side'));
  await go(
    'get',
    ...['bundle', 'root', 'verify'].map((name) => `github.com/sigstore/sigstore-go/pkg/${name}@${VERSION}`),
  );
  await go('build', '-o', command, '.');
  return command;
}
