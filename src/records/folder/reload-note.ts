import { join } from 'node:path';
import { z } from 'zod';
import { readIfThere, replaceFile } from '../../kit/io/atomic-file.ts';

/** What became of the last reload: how a daemon answers a signal. */
export interface ReloadNote {
  readonly result: 'done' | 'refused';
  /** ISO 8601. */
  readonly at: string;
  readonly policyRevision?: string;
  /** Sections whose change takes effect with a restart. */
  readonly needsRestart?: readonly string[];
  readonly problem?: string;
}

const NOTE = z.object({
  result: z.enum(['done', 'refused']),
  at: z.string(),
  policyRevision: z.string().optional(),
  needsRestart: z.array(z.string()).optional(),
  problem: z.string().optional(),
});

/** Leaves it in the data folder. @throws {FaultError} `DATA_DIR_UNWRITABLE` */
export function writeReloadNote(dataDir: string, note: ReloadNote): Promise<void> {
  return replaceFile(pathIn(dataDir), JSON.stringify(note));
}

/** The last one; `undefined` if there is none that can be read. */
export async function readReloadNote(dataDir: string): Promise<ReloadNote | undefined> {
  const text = await readIfThere(pathIn(dataDir));
  if (text === undefined) return undefined;
  try {
    return NOTE.parse(JSON.parse(text)) as ReloadNote;
  } catch {
    return undefined;
  }
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'reload.json');
}
