import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Every server of a test is started by way of this module: it says whether as a process or from an image. */
const BACKEND = 'test/support/servers/backend.ts';

/**
 * The integration and end-to-end tests that start a server, found by what they import: only they can go otherwise with
 * containers than with native processes. Paths are relative to the root.
 */
export function findServerTests(root: string): readonly string[] {
  const known = new Map<string, boolean>();

  function reaches(file: string): boolean {
    if (file === BACKEND) return true;
    const before = known.get(file);
    if (before !== undefined) return before;
    // In a circle of imports the file at its beginning decides.
    known.set(file, false);
    const found = importsOf(root, file).some(reaches);
    known.set(file, found);
    return found;
  }

  return globSync('test/{integration,e2e}/**/*.test.ts', { cwd: root }).filter(reaches).toSorted();
}

function importsOf(root: string, file: string): readonly string[] {
  const source = readFileSync(join(root, file), 'utf8');
  return [...source.matchAll(/(?:from|import\()\s*'(\.[^']+\.ts)'/g)]
    .map(([, specifier = '']) => relative(root, join(root, dirname(file), specifier)))
    .filter((path) => path.startsWith('test/'));
}
