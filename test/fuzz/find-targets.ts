import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FuzzTarget } from './fuzz-target.ts';

const FOLDER = join(import.meta.dirname, 'targets');

/** Files of targets, each of which gives one, or one for each of a family. */
export function targetFiles(): readonly string[] {
  return readdirSync(FOLDER)
    .toSorted()
    .map((file) => join(FOLDER, file));
}

/** The targets of a file. */
export async function readTargets(file: string): Promise<readonly FuzzTarget[]> {
  const module = (await import(file)) as { readonly targets: readonly FuzzTarget[] };
  return module.targets;
}
