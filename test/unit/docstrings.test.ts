import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { describe, expect, it } from 'vitest';
import { findUntoldThrows } from '../support/architecture/find-untold-throws.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('an exported function that throws', () => {
  it('says in its docstring what and when', () => {
    const files = ['src', 'workers'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `${folder}/${name}`),
    );
    expect(files.length).toBeGreaterThan(600);
    expect(files.flatMap((file) => findUntoldThrows(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  const thrown = "throw new Error('no');";
  it.each([
    ['a function', `/** Does it. */\nexport function f() { ${thrown} }`],
    ['an asynchronous one', `export async function f() { if (x) { ${thrown} } }`],
    ['a generator', `export function* f() { ${thrown} }`],
    ['a constant', `export const f = () => { ${thrown} };`],
    ['one whose comment is no docstring', `// @throws {Error}\nexport function f() { ${thrown} }`],
    [
      'one whose docstring is that of another',
      `/** @throws {Error} */\nconst g = 1;\nexport function f() { ${thrown} }`,
    ],
    ['a method', `/** @throws {Error} */\nexport class C { f() { ${thrown} } }`],
    ['what is caught and thrown on', 'export function f() { try { g(); } catch (error) { throw error; } }'],
  ])('is found without that: %s', (_, text) => {
    expect(findUntoldThrows('f.ts', text)).toEqual([expect.stringMatching(/^f\.ts:\d f$/)]);
  });

  it.each([
    ['one that says so', `/** Does it. @throws {Error} always */\nexport function f() { ${thrown} }`],
    [
      'one whose overload says so',
      `/** @throws {Error} */\nexport function f(a: 1): 1;\nexport function f(a: 1) { ${thrown} }`,
    ],
    ['one that is not exported', `function f() { ${thrown} }`],
    ['one that hands out a function that throws', `export function f() { return () => { ${thrown} }; }`],
    ['a private method', `export class C { #f() { ${thrown} } }`],
    ['a method that says so', `export class C {\n  /** @throws {Error} */\n  f() { ${thrown} }\n}`],
    ['a method of a class that is not exported', `class C { f() { ${thrown} } }`],
  ])('is not taken for: %s', (_, text) => {
    expect(findUntoldThrows('f.ts', text)).toEqual([]);
  });
});
