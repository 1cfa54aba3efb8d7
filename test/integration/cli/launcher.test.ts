import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const LAUNCHER = join(import.meta.dirname, '../../../bin/lazaret');

interface Launched {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe('bin/lazaret', () => {
  let dir: TempDir;
  let launcher: string;

  beforeEach(async () => {
    dir = await makeTempDir('launcher');
    launcher = join(dir.path, 'bin/lazaret');
    await mkdir(join(dir.path, 'bin/toolchain'), { recursive: true });
    await copyFile(LAUNCHER, launcher);
    await copyFile(join(LAUNCHER, '../toolchain/choose-node.sh'), join(dir.path, 'bin/toolchain/choose-node.sh'));
  });
  afterEach(() => dir.remove());

  /** A Node in front of the PATH that tells its version, and otherwise what it was started with. */
  async function installNode(version: string, also = ''): Promise<void> {
    await mkdir(join(dir.path, 'path'), { recursive: true });
    const script = `#!/bin/sh\n[ "$1" = -v ] && echo ${version} && exit 0\nprintf '%s\\n' "$@"\n${also}`;
    await writeFile(join(dir.path, 'path/node'), script, { mode: 0o755 });
  }
  async function build(): Promise<void> {
    await mkdir(join(dir.path, 'dist/src'), { recursive: true });
    await writeFile(join(dir.path, 'dist/src/main.js'), '');
  }
  function launch(command: string, ...args: readonly string[]): Launched {
    return launchWith({}, command, ...args);
  }
  function launchWith(more: Readonly<Record<string, string>>, command: string, ...args: readonly string[]): Launched {
    const env = { PATH: `${join(dir.path, 'path')}:/usr/bin:/bin`, ...more };
    const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8' });
    return { code: status, out: stdout, err: stderr };
  }

  it.each(['v20.20.2', 'v24.14.1', 'v9.9.9'])('refuses Node %s, and says what to run', async (version) => {
    await build();
    await installNode(version);
    const { code, err } = launch(launcher, '--help');
    expect(code).toBe(2);
    expect(err).toContain(`needs Node 24.15 or later, and found ${version}`);
    // Which fetches a Node as well: one command, whatever is missing.
    expect(err).toContain(`make -C ${dir.path} build`);
  });

  it('says which command builds when nothing is built yet', async () => {
    await installNode('v24.15.0');
    const { code, err } = launch(launcher, '--help');
    expect(code).toBe(2);
    expect(err).toContain(`not built yet. Run: make -C ${dir.path} build`);
  });

  it.each(['v24.15.0', 'v24.21.0', 'v26.0.0'])('runs what is built under Node %s', async (version) => {
    await build();
    await installNode(version);
    const { code, out } = launch(launcher, 'verify', 'an image');
    expect(code).toBe(0);
    expect(out.split('\n').slice(-4)).toEqual([join(dir.path, 'dist/src/main.js'), 'verify', 'an image', '']);
  });

  it('starts Node with the options, and the setting of the allocator, that the container image has', async () => {
    await build();
    await installNode('v24.15.0', `printf '%s\\n' "MALLOC_ARENA_MAX=$MALLOC_ARENA_MAX"`);
    const image = await readFile(join(LAUNCHER, '../../Dockerfile'), 'utf8');
    const entry = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(image)?.[1] ?? '[]') as string[];
    const options = entry.filter((word) => word.startsWith('--'));
    const setting = /^ENV (MALLOC_ARENA_MAX=\d+)$/m.exec(image)?.[1];
    const main = join(dir.path, 'dist/src/main.js');
    expect(options).toContain('--disable-proto=delete');
    expect(launch(launcher, 'serve').out.trim().split('\n')).toEqual([...options, main, 'serve', setting]);
    // Who sets it knows why.
    expect(launchWith({ MALLOC_ARENA_MAX: '4' }, launcher, 'serve').out).toContain('MALLOC_ARENA_MAX=4\n');
  });

  it('finds its checkout through symbolic links, absolute and relative', async () => {
    await build();
    await installNode('v24.15.0');
    await symlink(launcher, join(dir.path, 'absolute'));
    await symlink('absolute', join(dir.path, 'relative'));
    expect(launch(join(dir.path, 'relative'), 'x').out).toContain(join(dir.path, 'dist/src/main.js'));
  });
});
