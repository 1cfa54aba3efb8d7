import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../error-code.ts';
import { FaultError } from '../errors.ts';

/**
 * Replaces a file as a whole: whoever reads it sees the old text or the new one, also after a crash at any moment
 * (D3): written beside it, forced to disk, renamed over it. For one writer at a time: what a crash leaves beside it is
 * overwritten by the next.
 * @throws {FaultError} `DATA_DIR_UNWRITABLE`
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  const beside = `${path}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    await writeSynced(beside, text);
    await rename(beside, path);
    await syncFolder(folder);
  } catch (cause) {
    const code = errorCode(cause) ?? 'unknown error';
    throw new FaultError('DATA_DIR_UNWRITABLE', `cannot write ${path} (${code})`, {
      retryable: code === 'ENOSPC',
      cause,
      hint: 'let the user Lazaret runs as write to `dataDir`, and see that there is space left',
    });
  }
}

/** Writes a file, readable for its owner alone, and forces it to disk. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Forces to disk what a folder holds: a rename in it is there only then. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of a file; `undefined` if there is none. @throws the system's error where it is there and cannot be read */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a file that cannot be read out of the way, where people can look at it; one such file is kept. */
export async function setAside(path: string): Promise<void> {
  await rename(path, `${path}.unreadable`);
}
