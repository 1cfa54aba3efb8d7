import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const GATHERED = 'src/verification/library-internals.ts';

/** What each statement of the file takes from inside a library. */
const taken = [...read(GATHERED).matchAll(/^export \{ ([^}]+) \} from '(@sigstore\/[^']+)';$/gm)].flatMap(
  ([, names = '', path = '']) => names.split(', ').map((name) => ({ name, path })),
);

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('the parts that libraries keep to themselves', () => {
  it('are the six that are known, of four files', () => {
    expect(taken).toHaveLength(6);
    expect(new Set(taken.map(({ path }) => path)).size).toBe(4);
  });

  it.each(taken)('$name is still in $path, and can be called', async ({ name, path }) => {
    const module: Record<string, unknown> = await import(path);
    expect(module[name]).toBeTypeOf('function');
  });

  it('are imported in one place', () => {
    const importers = ['src', 'workers'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .map((path) => join(folder, path))
        .filter((path) => path.endsWith('.ts') && /from '@sigstore\/[a-z-]+\/(?!package\.json)/.test(read(path))),
    );
    expect(importers).toEqual([GATHERED]);
  });
});
