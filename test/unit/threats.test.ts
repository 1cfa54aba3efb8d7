import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const ID = /\b[A-Z][1-9]\d?\b/g;
/** How the name of a test carries ids: `A1, B2: a sentence` or `a sentence (A1, also this)`. */
const IDS_IN_NAME = /^[A-Z][1-9]\d?(?:, [A-Z][1-9]\d?)*: |\([A-Z][1-9]\d?(?:, [^()]*)?\)/g;
// A backslash is matched in one way alone, or a line with many of them and an open quote takes hours.
const TEXT_LITERAL = /(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g;
const COMMENT = /\/\/[^\n]*|\/\*.*?\*\//gs;

interface Row {
  readonly id: string;
  /** The last column: tests, or "not yet: why". */
  readonly proof: string;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const document = read('docs/threats.md');
const rows: readonly Row[] = [...document.matchAll(/^\| ([A-Z]\d+) \|.*\| ([^|]+) \|$/gm)].map(
  ([, id = '', proof = '']) => ({ id, proof }),
);
const known = new Set(rows.map(({ id }) => id));
const tested = rows.filter(({ proof }) => !proof.startsWith('not yet: '));
const notYet = rows.filter((row) => !tested.includes(row));
/** The letters in use: `P95` in a comment may be a figure, but no family of ours may be misspelt. */
const families = new Set(rows.map(({ id }) => id.charAt(0)));

/** Every text in a test that carries ids as the name of a test does, with the ids. */
function namesIn(path: string): { readonly name: string; readonly ids: readonly string[] }[] {
  const texts = [...read(path).matchAll(TEXT_LITERAL)].map(([, , text = '']) => text);
  return texts.flatMap((name) => {
    const ids = (name.match(IDS_IN_NAME) ?? []).flatMap((part) => part.match(ID) ?? []);
    return ids.length === 0 ? [] : [{ name, ids }];
  });
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path));
}

describe('docs/threats.md', () => {
  it('has one row a threat', () => {
    expect(rows.length).toBeGreaterThan(90);
    expect(rows.map(({ id }) => id)).toEqual([...known]);
  });

  it('has a row for every id in the name of a test', () => {
    const unknown = sourcesIn('test').flatMap((path) =>
      namesIn(path).flatMap(({ name, ids }) => (ids.every((id) => known.has(id)) ? [] : [`${path}: ${name}`])),
    );
    expect(unknown).toEqual([]);
  });

  it('has a row for every id in a comment of the source', () => {
    const unknown = [...sourcesIn('src'), ...sourcesIn('workers')].flatMap((path) => {
      const ids = (read(path).match(COMMENT) ?? []).flatMap((comment) => comment.match(ID) ?? []);
      return ids.filter((id) => families.has(id.charAt(0)) && !known.has(id)).map((id) => `${path}: ${id}`);
    });
    expect(unknown).toEqual([]);
  });

  it.each(tested)('names tests of $id that are there and carry the id', ({ id, proof }) => {
    const named = [...proof.matchAll(/`([^`]+)`: "([^"]+)"/g)];
    expect(named.map(([text]) => text).join('; ')).toBe(proof);
    const missing = named.filter(([, path = '', phrase = '']) => {
      const file = join('test', path);
      return !(
        existsSync(join(ROOT, file)) && namesIn(file).some(({ name, ids }) => name.includes(phrase) && ids.includes(id))
      );
    });
    expect(missing.map(([text]) => text)).toEqual([]);
  });

  it('lists and counts what has no test yet, and is right about it', () => {
    expect(document).toContain(`\nNot yet: ${notYet.map(({ id }) => id).join(', ')} (${notYet.length}).\n`);
    const carried = new Set(sourcesIn('test').flatMap((path) => namesIn(path).flatMap(({ ids }) => ids)));
    expect(notYet.filter(({ id }) => carried.has(id))).toEqual([]);
  });
});
