import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempDir {
  readonly path: string;
  /** Deletes the folder and all it holds; harmless when already gone. */
  remove(): Promise<void>;
}

/** A fresh folder under the system's temporary one. The name is short: the path of a Unix socket ends at 107 bytes. */
export async function makeTempDir(label = 'test'): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), `lazaret-${label}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) };
}
