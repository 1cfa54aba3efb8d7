import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { FENCES, type Fence, FREE } from '../support/architecture/fences.ts';
import { findCircles } from '../support/architecture/find-circles.ts';
import { findCrossings, placeOf } from '../support/architecture/find-crossings.ts';
import { type Import, readImports } from '../support/architecture/read-imports.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLACES = Object.keys(FENCES);
const NODE_MODULES = ['child_process', 'fs', 'fs/promises', 'http', 'net', 'os', 'process', 'timers', 'worker_threads'];
const SOME_PACKAGES = ['bullmq', 'fastify', 'kafkajs', 'nodemailer', 'pg', 'undici', 'zod', 'left-pad'];

/** What these files import, in an otherwise empty tree. */
async function importsOf(files: Readonly<Record<string, string>>): Promise<readonly Import[]> {
  const tree = await makeTempDir('fences');
  try {
    for (const folder of ['src', 'workers']) mkdirSync(join(tree.path, folder));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(tree.path, path)), { recursive: true });
      writeFileSync(join(tree.path, path), text);
    }
    return readImports(tree.path, ['src', 'workers']);
  } finally {
    await tree.remove();
  }
}

const saidOf = async (files: Readonly<Record<string, string>>) => findCrossings(await importsOf(files));

const folderOf = (place: string) => (place === 'workers' ? 'workers' : `src/${place}`);
const fileIn = (place: string, name: string) => (place.endsWith('.ts') ? `src/${place}` : `${folderOf(place)}/${name}`);
const planted = (place: string) => fileIn(place, 'room/planted.ts');
const pathTo = (from: string, to: string) => {
  const path = relative(dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
};

describe('the fences between the folders', () => {
  it('are crossed nowhere', () => {
    expect(findCrossings(readImports(ROOT, ['src', 'workers']))).toEqual([]);
  });

  it('leave no file outside', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((f) =>
      f.endsWith('.ts'),
    );
    expect(files.filter((file) => placeOf(`src/${file}`) === undefined)).toEqual([]);
  });

  it('let nothing through but what the table names, for every pair of places', async () => {
    const files: Record<string, string> = {};
    const expected: string[] = [];
    for (const [index, place] of PLACES.entries()) {
      for (const [other, target] of [...PLACES, ...FREE].entries()) {
        const file = planted(place).replace('planted', `planted-${index}-${other}`);
        const specifier = pathTo(file, fileIn(target, 'target.ts'));
        files[file] = `export type { planted } from '${specifier}';\n`;
        if (target !== place && !FENCES[place]?.ours.includes(target)) expected.push(file);
      }
    }
    const said = await saidOf(files);
    expect(said.map((line) => line.split(' ')[0]).sort()).toEqual(expected.sort());
  });

  it('let no package and no module of Node through but those named', async () => {
    const files: Record<string, string> = {};
    const expected: string[] = [];
    for (const place of PLACES) {
      const { packages, node }: Pick<Fence, 'packages' | 'node'> = FENCES[place] ?? { packages: [], node: [] };
      for (const [index, name] of [...SOME_PACKAGES, ...NODE_MODULES.map((module) => `node:${module}`)].entries()) {
        const file = planted(place).replace('planted', `planted-${index}`);
        files[file] = `import '${name}';\n`;
        const isNamed = name.startsWith('node:')
          ? node === 'any' || node.includes(name.slice(5))
          : packages.includes(name);
        if (!isNamed) expected.push(file);
      }
    }
    const said = await saidOf(files);
    expect(said.map((line) => line.split(' ')[0]).sort()).toEqual(expected.sort());
  });

  it.each([
    ['a plain import', `import { x } from '../records/x.ts';`],
    ['a type', `import type { X } from '../records/x.ts';`],
    ['a re-export', `export * from '../records/x.ts';`],
    ['an import at run time', `const x = await import('../records/x.ts');`],
    ['a type in place', `type X = import('../records/x.ts').X;`],
    ['a require', `const x = require('../records/x.ts');`],
    ['a side effect', `import '../records/x.ts';`],
  ])('see %s', async (_, text) => {
    expect(await saidOf({ 'src/policy/planted.ts': `${text}\n` })).toHaveLength(1);
  });

  it('refuse the pure core an import whose target is computed', async () => {
    const text = 'await import("../" + name);\n';
    expect(await saidOf({ 'src/policy/planted.ts': text, 'src/records/planted.ts': text })).toEqual([
      expect.stringContaining('src/policy/planted.ts'),
    ]);
  });

  it('keep those apart that one file gathers: dialects of registries, producers of provenance', async () => {
    const said = await saidOf({
      'src/sources/dialects/dialects.ts': `import { a } from './a.ts';\nimport { b } from './b.ts';\nimport type { K } from './kind.ts';\n`,
      'src/sources/dialects/a.ts': `import { b } from './b.ts';\nimport type { K } from './kind.ts';\n`,
      'src/sources/dialects/b.ts': `import { each } from './each.ts';\n`,
    });
    expect(said).toEqual([expect.stringContaining('src/sources/dialects/a.ts may not import ./b.ts')]);
  });

  it('are those of the table in ARCHITECTURE.md', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    const table = text.slice(text.indexOf('## Who may import whom')).split('\n## ')[0] ?? '';
    const rows = [...table.matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)].flatMap(([, places = '', ours = '']) =>
      namesIn(places).map((place) => [place, new Set(namesIn(ours))] as const),
    );
    const told = new Map(rows);
    for (const place of PLACES) {
      // What everything may import is said once, below the table.
      const ours = FENCES[place]?.ours.filter((name) => !name.startsWith('kit')) ?? [];
      expect([place, [...(told.get(place) ?? [])].filter((name) => !name.startsWith('kit')).sort()]).toEqual([
        place,
        [...ours].sort(),
      ]);
    }
  });
});

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace(/\/$/, ''));
}

describe('the rooms of a folder', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  // Those of the command line are called as their commands.
  const rooms = new Set(files.map(dirname).filter((room) => room.includes('/') && !room.startsWith('cli/')));

  it.each([...rooms].sort())('say at the head of their main file what they are: %s', (room) => {
    const heads = files
      .filter((file) => dirname(file) === room)
      .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8').split('\n', 1)[0] ?? '')
      .filter((head) => head.startsWith('// The room '));
    expect(heads).toEqual([expect.stringMatching(new RegExp(`^// The room \`${room}\`: .{10,}\\.$`))]);
  });
});

describe('the files', () => {
  it('import each other in no circle, types included', () => {
    expect(findCircles(readImports(ROOT, ['src', 'workers']))).toEqual([]);
  });

  it.each([
    [
      'of two, one way for a type alone',
      { a: "import { b } from './b.ts';", b: "import type { a } from './a.ts';" },
      2,
    ],
    ['of three', { a: "export * from './b.ts';", b: "import './c.ts';", c: "type A = import('./a.ts').A;" }, 3],
    ['of one', { a: "import type { A } from './a.ts';" }, 1],
  ])('are found in a circle %s, but not those beside it', async (_, texts, size) => {
    const files = { ...texts, beside: "import './a.ts';", under: 'export {};', over: "import './beside.ts';" };
    const imports = await importsOf(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`src/domain/${name}.ts`, text])),
    );
    expect(findCircles(imports)).toEqual([['a', 'b', 'c'].slice(0, size).map((name) => `src/domain/${name}.ts`)]);
  });
});
