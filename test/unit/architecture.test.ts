import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const ALLOWED_IMPORTS =
  "export type { Clock } from '../ports/clock.ts';\nexport type { Verdict } from '../domain/verdict.ts';\n";
const FORBIDDEN: readonly (readonly [folder: string, specifier: string])[] = [
  ['src/kit', '../domain/verdict.ts'],
  ['src/domain', '../ports/clock.ts'],
  ['src/ports', '../records/records.ts'],
  ['src/verification', '../registry/registry-reader.ts'],
  ['src/policy', '../verification/verify-evidence.ts'],
  ['src/registry', '../records/records.ts'],
  ['src/egress', '../ports/clock.ts'],
  ['src/pipeline', '../egress/egress.ts'],
  ['src/sources/kafka', '../../queue/job-queue.ts'],
  ['src/notify/slack', '../../registry/transport.ts'],
  ['src/pipeline', '../records/records.ts'],
  ['src/quarantine', '../notify/render.ts'],
  ['src/threads', '../pipeline/verify-and-judge.ts'],
  ['src/pipeline', '../threads/judge-in-threads.ts'],
  ['workers', '../src/verification/check/verify-evidence.ts'],
];

/** Where each import is planted: a file of its own, so that one run of the linter tells them all apart. */
const planted = FORBIDDEN.map(([folder, specifier], index) => ({
  folder,
  specifier,
  path: `${folder}/planted-${index}.ts`,
}));
const ALLOWED = 'src/pipeline/planted-allowed.ts';
const TIMER = 'src/policy/planted-timer.ts';

/** What the linter said of each file, by its path; files it had nothing to say of are not in it. */
let findings: ReadonlyMap<string, readonly string[]>;
let copy: TempDir;

// Planted in a copy of the tree's outline: a file in the real one would be seen by everything else that runs meanwhile.
beforeAll(async () => {
  copy = await makeTempDir('fences');
  copyFileSync(join(ROOT, 'biome.json'), join(copy.path, 'biome.json'));
  writeFileSync(join(copy.path, '.gitignore'), 'node_modules/\n');
  symlinkSync(join(ROOT, 'node_modules'), join(copy.path, 'node_modules'));
  for (const { path, specifier } of planted) plant(path, `export { planted } from '${specifier}';\n`);
  plant(ALLOWED, ALLOWED_IMPORTS);
  plant(TIMER, 'setTimeout(() => undefined, 1);\n');
  findings = lint(copy.path);
});
afterAll(() => copy.remove());

function plant(path: string, source: string): void {
  const file = join(copy.path, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
}

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: string } }[];
}

function lint(folder: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { category, location } of report(folder).diagnostics) {
    const { path } = location;
    found.set(path, [...(found.get(path) ?? []), category]);
  }
  return found;
}

function report(folder: string): Report {
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '.'];
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/biome'), args, { cwd: folder, stdio: 'pipe' });
  } catch (error) {
    return JSON.parse(String((error as { stdout: Buffer }).stdout)) as Report;
  }
  throw new Error('the linter found nothing at all');
}

describe('the linter fences the folders', () => {
  it.each(planted)('refuses that $folder imports $specifier', ({ path }) => {
    expect(findings.get(path)).toContain('lint/style/noRestrictedImports');
  });

  it('lets the pipeline import a port and the pure core', () => {
    expect(findings.get(ALLOWED)).toBeUndefined();
  });

  it('refuses a timer in the pure core', () => {
    expect(findings.get(TIMER)).toContain('lint/style/noRestrictedGlobals');
  });
});
