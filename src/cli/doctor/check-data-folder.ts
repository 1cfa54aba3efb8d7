import { randomUUID } from 'node:crypto';
import { access, constants, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorCode } from '../../kit/error-code.ts';
import { type Check, type CheckResult, fail, ok } from './check.ts';

/** Whether the data folder can be written: by a file that is removed again, or by its parent where it is yet to be made. */
export function checkDataFolder(dataDir: string): Check {
  return { name: 'data folder', run: () => tryToWrite(resolve(dataDir)) };
}

async function tryToWrite(folder: string): Promise<CheckResult> {
  const probe = join(folder, `.lazaret-doctor-${randomUUID()}`);
  try {
    if (!(await stat(folder)).isDirectory()) return refused(folder, 'ENOTDIR');
    await writeFile(probe, '');
    return ok(`${folder} can be written`);
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    return code === 'ENOENT' ? await tryToCreate(folder) : refused(folder, code);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

async function tryToCreate(folder: string): Promise<CheckResult> {
  let parent = dirname(folder);
  for (;;) {
    try {
      await access(parent, constants.W_OK | constants.X_OK);
      return ok(`${folder} is not there yet and will be made`);
    } catch (error) {
      const code = errorCode(error) ?? 'unknown error';
      if (code !== 'ENOENT' || parent === dirname(parent)) return refused(folder, code);
      parent = dirname(parent);
    }
  }
}

function refused(folder: string, code: string): CheckResult {
  const advice =
    code === 'ENOTDIR'
      ? 'A file is in its place, or in that of a folder above: move it away'
      : `Run: mkdir -p '${folder}' && chown <user of the daemon> '${folder}'`;
  return fail(`${folder} cannot be written (${code})`, `${advice}; or set dataDir to another folder.`);
}
