import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInputError } from '../../kit/errors.ts';

/** Policy files by path: a folder stands for the YAML files right in it. @throws {InvalidInputError} `USAGE_INVALID` */
export function findPolicyFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
    const files = globSync('*.{yaml,yml}', { cwd: path }).sort();
    if (files.length > 0) return files.map((file) => join(path, file));
    throw new InvalidInputError('USAGE_INVALID', 'the folder holds no policies', [
      { where: path, message: 'expected files that end with .yaml or .yml, got none' },
    ]);
  });
}
