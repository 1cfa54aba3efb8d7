import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const operations = read('docs/operations.md');

/** The members of a union of text literals in a source file. */
function unionIn(path: string, name: string): string[] {
  const source = read(path);
  const start = source.indexOf(`export type ${name} =`);
  const text = source.slice(start, source.indexOf(';', start));
  return [...text.matchAll(/\| '([A-Z_]+)'/g)].map(([, member]) => member ?? '');
}

describe('docs/operations.md', () => {
  it.each([...unionIn('src/kit/errors.ts', 'InvalidInputCode'), ...unionIn('src/kit/errors.ts', 'FaultCode')])(
    'explains the error code %s',
    (code) => {
      expect(operations).toContain(`| \`${code}\` |`);
    },
  );

  it('explains no error code that is not there', () => {
    const section = operations.slice(operations.indexOf('## Error codes'));
    const known = new Set([
      ...unionIn('src/kit/errors.ts', 'InvalidInputCode'),
      ...unionIn('src/kit/errors.ts', 'FaultCode'),
    ]);
    const named = [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code ?? '');
    expect(named.filter((code) => !known.has(code))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  it('explains every metric, and none that is not there', async () => {
    const text = await createMetrics({ version: '1', processMetrics: false }).render();
    const metrics = [...text.matchAll(/^# TYPE (lazaret_\w+) /gm)].map(([, name]) => name ?? '');
    const explained = [...operations.matchAll(/^\| `(lazaret_\w+)` \|/gm)].map(([, name]) => name ?? '');
    expect(explained.toSorted()).toEqual(metrics.toSorted());
  });

  it('asks alerts only of metrics that are there', () => {
    const explained = new Set([...operations.matchAll(/^\| `(lazaret_\w+)` \|/gm)].map(([, name]) => name));
    const asked = [...operations.matchAll(/`[^`\n]*?(lazaret_\w+)[^`\n]*`/g)].map(([, name]) => name);
    expect(asked.filter((name) => !explained.has(name))).toEqual([]);
  });
});

describe('docs/adr/0006-dependencies.md', () => {
  it('gives a reason for every dependency, and for none that is gone', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      object
    >;
    const names = [dependencies, optionalDependencies, devDependencies].flatMap((group) => Object.keys(group ?? {}));
    const given = [...read('docs/adr/0006-dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map(
      ([, name]) => name ?? '',
    );
    expect(given.toSorted()).toEqual(names.filter((name) => !name.startsWith('@types/')).toSorted());
  });
});

describe('links between documents', () => {
  const documents = [
    ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join('docs', name)),
  ];
  it.each(documents)('%s links only to what is there', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, path]) => path ?? '');
    const missing = links.filter((link) => {
      try {
        readFileSync(join(ROOT, dirname(document), link));
        return false;
      } catch (error) {
        return !(error instanceof Error && 'code' in error && error.code === 'EISDIR');
      }
    });
    expect(missing).toEqual([]);
  });
});
