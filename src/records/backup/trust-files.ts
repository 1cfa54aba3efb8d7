import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errorCode } from '../../kit/error-code.ts';
import { writeSynced } from '../../kit/io/atomic-file.ts';
import type { BackupLine } from './backup-lines.ts';

type File = Extract<BackupLine, { kind: 'file' }>;

/** The part of the data folder that holds what is remembered of trust roots: what TUF signed, and numbers. No secret. */
const TRUST = 'trust';

/** Reads what is remembered of trust roots; drafts and what could not be read are left out. */
export async function* readTrustFiles(dataDir: string): AsyncIterable<File> {
  const folder = join(dataDir, TRUST);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    if (!entry.isFile() || /\.(?:tmp|unreadable)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    yield { kind: 'file', path: relative(dataDir, path).replaceAll('\\', '/'), bytes: await readFile(path) };
  }
}

/** Puts one of them back. */
export async function writeTrustFile(dataDir: string, { path, bytes }: File): Promise<void> {
  const target = join(dataDir, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await writeSynced(target, bytes);
}
