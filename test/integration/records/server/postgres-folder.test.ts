import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { preparePostgresFolder } from '../../../../src/records/server/postgres-folder.ts';
import { makeTempDir } from '../../../support/temp-dir.ts';

/** What lay in the folder each time something was forced to disk: files of all kinds share one class in Node. */
async function watchSyncs(folder: string): Promise<string[][]> {
  const handle = await open(import.meta.filename);
  const shared: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const seen: string[][] = [];
  const { sync } = shared;
  const spy = vi.spyOn(shared, 'sync').mockImplementation(async function (this: FileHandle) {
    seen.push((await readdir(folder)).filter((name) => name.startsWith('password')));
    await sync.call(this);
  });
  onTestFinished(() => spy.mockRestore());
  return seen;
}

it('the password is on disk before it has its name, and the name before a cluster is made with it', async () => {
  const dir = await makeTempDir('password');
  onTestFinished(() => dir.remove());
  const folder = join(dir.path, 'postgres');
  const seen = await watchSyncs(folder);
  // No cluster is made: that fails at once, when the password has been written.
  const programs = { postgres: '/bin/false', initdb: '/bin/false' };
  const server = { account: undefined, command: (program: string) => ({ program, args: [], ids: {} }) };
  await expect(preparePostgresFolder(dir.path, programs, server)).rejects.toMatchObject({
    code: 'DATABASE_UNAVAILABLE',
  });
  expect(seen).toEqual([['password.new'], ['password']]);
});
