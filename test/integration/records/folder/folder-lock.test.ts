import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FolderLock, lockFolder } from '../../../../src/records/folder/folder-lock.ts';
import { describeThisProcess } from '../../../../src/records/folder/process-identity.ts';
import { startChild } from '../../../support/servers/child-process.ts';
import { makeTempDir, type TempDir } from '../../../support/temp-dir.ts';

describe('the lock of a folder', () => {
  let temp: TempDir;
  let path: string;
  const held: FolderLock[] = [];

  beforeEach(async () => {
    temp = await makeTempDir('lock');
    path = join(temp.path, 'lazaret.lock');
  });
  afterEach(async () => {
    await Promise.all(held.splice(0).map((lock) => lock.release()));
    await temp.remove();
  });

  const take = async () => {
    const lock = await lockFolder(temp.path);
    held.push(lock);
    return lock;
  };
  const write = async (more: object) => {
    const holder = { ...(await describeThisProcess()), since: '2026-11-24T08:00:00.000Z', token: 'other', ...more };
    await writeFile(path, JSON.stringify(holder));
  };

  test('is one process’s at a time, of many that ask at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, take));
    expect(results.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(temp.path)).toEqual(['lazaret.lock']);
    await held[0]?.release();
    await expect(take()).resolves.toBeDefined();
  });

  test('DATA_DIR_IN_USE names the process, the machine and since when', async () => {
    await write({});
    await expect(take()).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: expect.stringMatching(new RegExp(`process ${process.pid} on .+ since 2026-11-24T08:00:00.000Z`)),
    });
  });

  test('of a dead process is taken over', async () => {
    const child = await startChild({ name: 'sleep', command: 'sleep', args: ['60'], ready: () => true });
    await child.stop();
    await write({ pid: child.pid });
    await take();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  test.runIf(process.platform === 'linux')('of a dead process nobody has waited for is taken over', async () => {
    const parent = await startChild({
      name: 'a parent that does not wait',
      command: 'sh',
      args: ['-c', 'sleep 0.2 & echo dead $!; exec sleep 60'],
      ready: async (output) => /^State:\s+Z/m.test(await readFile(`/proc/${deadIn(output)}/status`, 'utf8')),
    });
    try {
      const pid = deadIn(parent.output());
      const started = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ')[21];
      await write({ pid: Number(pid), started });
      await expect(take()).resolves.toBeDefined();
    } finally {
      await parent.stop();
    }
  });

  test('of a process whose number is another’s by now is taken over', async () => {
    await write({ started: '1' });
    await expect(take()).resolves.toBeDefined();
  });

  test('of another machine counts while it shows life, and no longer', async () => {
    await write({ namespace: 'another machine', host: 'other-host', pid: 1 });
    let beats = 3;
    const beat = setInterval(() => {
      beats -= 1;
      const now = new Date();
      void utimes(path, now, now);
      if (beats === 0) clearInterval(beat);
    }, 500);
    await expect(take()).rejects.toMatchObject({ message: expect.stringContaining('process 1 on other-host') });
    clearInterval(beat);
    await expect(take()).resolves.toBeDefined();
  });

  test('that was taken over meanwhile is not removed by its former holder', async () => {
    const lock = await take();
    await write({});
    await lock.release();
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ token: 'other' });
  });
});

function deadIn(output: string): string {
  return /dead (\d+)/.exec(output)?.[1] ?? '';
}
