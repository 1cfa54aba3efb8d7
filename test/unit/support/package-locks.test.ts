import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

it.each(['package-lock.json', 'bin/toolchain/package-lock.json', 'test/mutation/package-lock.json'])(
  '%s names no host, so any mirror serves it',
  (path) => {
    const lock = JSON.parse(readFileSync(join(root, path), 'utf8')) as { packages: Record<string, object> };
    const entries = Object.entries(lock.packages);
    expect(entries.length).toBeGreaterThan(2);
    expect(entries.filter(([, entry]) => 'resolved' in entry)).toEqual([]);
    expect(
      entries.filter(([name, entry]) => /node_modules/.test(name) && !('integrity' in entry || 'inBundle' in entry)),
    ).toEqual([]);
  },
);
