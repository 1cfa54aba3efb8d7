// The room `records/folder`: the data folder on disk, and the lock that keeps it to one process.

import { chmod, mkdir } from 'node:fs/promises';
import { FaultError } from '../../kit/errors.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

/**
 * Takes the data folder for this process alone, and makes it if there is none.
 * @throws {FaultError} `DATA_DIR_IN_USE` that names the holder, `DATA_DIR_UNWRITABLE`
 */
export async function takeFolder(dataDir: string): Promise<FolderLock> {
  try {
    const created = await mkdir(dataDir, { recursive: true, mode: 0o700 });
    // Root's server runs as another user, who has to pass through; it may not list or read anything.
    if (created !== undefined && process.getuid?.() === 0) await chmod(dataDir, 0o711);
    return await lockFolder(dataDir);
  } catch (error) {
    throw toFolderFault(error, dataDir);
  }
}

const UNWRITABLE = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'ENOTDIR',
  'EEXIST',
  'ENAMETOOLONG',
  'EIO',
]);

/** What keeps us from using the folder, in words; any other error stays what it is. */
export function toFolderFault(error: unknown, dataDir: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof FaultError || !UNWRITABLE.has(code)) return error;
  return new FaultError('DATA_DIR_UNWRITABLE', `expected a folder Lazaret may write, got ${code} for ${dataDir}`, {
    retryable: false,
    cause: error,
    hint: `${adviceFor(code, dataDir)}, or set dataDir to another folder`,
  });
}

function adviceFor(code: string, dataDir: string): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'free some space';
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'move away the file that is in its place';
  return `run: mkdir -p '${dataDir}' && chown <user of the daemon> '${dataDir}'`;
}
