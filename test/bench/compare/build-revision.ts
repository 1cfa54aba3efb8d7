import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** Where worktrees are kept: what was built once is not built again. */
const KEPT = join(ROOT, '.cache/bench');

/** A build to measure. */
export interface Build {
  /** `f9303a6`, or `now`. */
  readonly name: string;
  /** Starts it as it is meant to be started. */
  readonly launcher: string;
}

/** Builds this checkout as it stands. */
export function buildHere(): Build {
  setUp(ROOT);
  return { name: 'now', launcher: join(ROOT, 'bin/lazaret') };
}

/**
 * Builds a revision in a worktree of its own, with the dependencies its own lock names: this checkout's where the locks
 * agree, else installed there.
 * @throws {Error} if there is no such revision, or it does not build
 */
export function buildRevision(revision: string): Build {
  const commit = git('rev-parse', '--verify', '--short=12', `${revision}^{commit}`);
  const folder = join(KEPT, commit);
  if (!existsSync(folder)) {
    mkdirSync(KEPT, { recursive: true });
    git('worktree', 'prune');
    git('worktree', 'add', '--force', '--detach', folder, commit);
  }
  share(folder, 'bin/toolchain/package-lock.json', 'bin/toolchain/node_modules');
  share(folder, 'package-lock.json', 'node_modules');
  setUp(folder);
  return { name: revision, launcher: join(folder, 'bin/lazaret') };
}

function share(folder: string, lock: string, modules: string): void {
  const [own, there] = [join(ROOT, modules), join(folder, modules)];
  const agrees = readFileSync(join(ROOT, lock), 'utf8') === readFileSync(join(folder, lock), 'utf8');
  // Linked when the locks agreed, which they may do no longer.
  if (!agrees && lstatSync(there, { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(there);
  if (!agrees || !existsSync(own) || existsSync(there)) return;
  symlinkSync(own, there);
  // Setup installs anew what is older than its lock.
  utimesSync(join(folder, lock), 0, 0);
}

function setUp(folder: string): void {
  execFileSync(join(folder, 'bin/setup'), { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
