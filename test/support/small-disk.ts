import { execFile } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A folder on a disk of its own, that can be filled to the last byte. */
export interface SmallDisk {
  fill(): Promise<void>;
  /** Takes away what filled it. */
  free(): Promise<void>;
  unmount(): Promise<void>;
}

const run = promisify(execFile);
const BLOCK = 1024 * 1024;

/** Mounts it on this folder, in memory; `undefined` where this process may not mount anything. */
export async function mountSmallDisk(folder: string, sizeMiB: number): Promise<SmallDisk | undefined> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0700`, 'lazaret-test', folder]);
  } catch {
    return undefined;
  }
  const filler = join(folder, 'filler');
  return {
    async fill() {
      const file = await open(filler, 'w');
      const zeros = Buffer.alloc(BLOCK);
      try {
        for (;;) await file.write(zeros);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize >= BLOCK) throw new Error(`${bavail * bsize} bytes are left of a disk that was to be full`);
    },
    free: () => rm(filler, { force: true }),
    async unmount() {
      await run('umount', ['--lazy', folder]);
    },
  };
}
