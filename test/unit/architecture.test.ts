import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const planted: string[] = [];

/** Plants a file, lints it alone, and returns what the linter printed; an empty string when it had nothing to say. */
function lintPlanted(path: string, source: string): string {
  const file = join(ROOT, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, source);
  planted.push(file);
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/biome'), ['lint', '--colors=off', path], { cwd: ROOT, stdio: 'pipe' });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
    return `${stdout}${stderr}`;
  }
}

afterEach(() => {
  for (const file of planted.splice(0)) rmSync(file, { force: true });
});

describe('the linter fences the folders', () => {
  const forbidden: readonly (readonly [folder: string, specifier: string])[] = [
    ['src/domain', '../ports/clock.ts'],
    ['src/ports', '../records/records.ts'],
    ['src/verification', '../registry/registry-reader.ts'],
    ['src/policy', '../verification/verify-evidence.ts'],
    ['src/registry', '../records/records.ts'],
    ['src/sources/kafka', '../../queue/job-queue.ts'],
    ['src/notify/slack', '../../registry/transport.ts'],
    ['src/pipeline', '../records/records.ts'],
    ['src/quarantine', '../notify/render.ts'],
    ['src/threads', '../pipeline/verify-and-judge.ts'],
    ['src/pipeline', '../threads/judge-in-threads.ts'],
    ['workers', '../src/verification/verify-evidence.ts'],
  ];

  it.each(forbidden)('refuses that %s imports %s', (folder, specifier) => {
    const printed = lintPlanted(`${folder}/planted-import.ts`, `export { planted } from '${specifier}';\n`);
    expect(printed).toContain('noRestrictedImports');
  });

  it('lets the pipeline import a port and the pure core', () => {
    const source =
      "export type { Clock } from '../ports/clock.ts';\nexport type { Verdict } from '../domain/verdict.ts';\n";
    expect(lintPlanted('src/pipeline/planted-import.ts', source)).toBe('');
  });

  it('refuses a timer in the pure core', () => {
    const printed = lintPlanted('src/policy/planted-timer.ts', 'setTimeout(() => undefined, 1);\n');
    expect(printed).toContain('noRestrictedGlobals');
  });
});
