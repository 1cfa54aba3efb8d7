import { describe, expect, it } from 'vitest';
import { parseStrictYaml } from '../../../src/kit/strict-yaml.ts';

const faultsIn = (text: string) =>
  parseStrictYaml('f.yaml', text).issues.map(({ where, message }) => `${where} ${message}`);

describe('YAML as people may write it', () => {
  it('is read by the rules of YAML 1.2, where "no" is text and a zero in front means nothing', () => {
    const { documents, issues } = parseStrictYaml('f.yaml', 'a: no\nb: 08\nc: 8\nd: [true, null]\n');
    expect(issues).toEqual([]);
    expect(documents[0]?.value).toEqual({ a: 'no', b: 8, c: 8, d: [true, null] });
  });

  it('has a place for every value and key, or for what is around it', () => {
    const [document] = parseStrictYaml('f.yaml', 'a:\n  - b: 1\n    c: 2\n').documents;
    expect(document?.locate(['a', 0, 'c'])).toBe('f.yaml:3:8');
    expect(document?.locate(['a', 0, 'nothing'])).toBe('f.yaml:2:5');
    expect(document?.locateKey(['a', 0], 'c')).toBe('f.yaml:3:5');
    expect(document?.locateKey(['a', 0], 'nothing')).toBe('f.yaml:2:5');
  });

  it('may hold several documents', () => {
    expect(parseStrictYaml('f.yaml', 'a: 1\n---\na: 2\n').documents.map(({ value }) => value)).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
  });

  it('keeps the document of a repeated key, so that it hides no other fault', () => {
    const { documents, issues } = parseStrictYaml('f.yaml', 'a: 1\nb: 2\na: 3\n');
    expect(issues).toMatchObject([{ where: 'f.yaml:3:1', message: 'expected each key once, got a repeat' }]);
    expect(documents[0]?.value).toEqual({ a: 3, b: 2 });
  });

  it.each([
    ['an anchor', 'a: &x 1\n', 'expected no anchor (&) or alias (*)'],
    ['an anchor of a key', '&x a: 1\n', 'expected no anchor (&) or alias (*)'],
    ['an alias', 'a: *x\n', 'expected no anchor (&) or alias (*)'],
    ['a tag', 'a: !!str 1\n', 'expected no tag (!)'],
    ['a tag of a key', '!!str a: 1\n', 'expected no tag (!)'],
    ['a directive', '%YAML 1.1\n---\na: 1\n', 'expected no % directive'],
    ['a key that is an object', '? {a: 1}\n: 2\n', 'expected text as key, got a list or an object'],
    ['a tab', 'a:\n\tb: 1\n', 'expected spaces for indentation, got a tab'],
    ['the name of the prototype', '__proto__: {a: 1}\n', 'expected another key than "__proto__"'],
    ['broken text', 'a: [1\n', 'expected well-formed YAML'],
    ['too many levels', `${'['.repeat(80)}${']'.repeat(80)}\n`, 'expected at most 64 levels of nesting'],
  ])('does not hold %s', (_, text, message) => {
    expect(faultsIn(text).join('\n')).toContain(message);
  });

  it('is not read beyond 256 KiB, and of its faults twenty are enough', () => {
    expect(faultsIn(`a: ${'x'.repeat(256 * 1024)}\n`)).toEqual([expect.stringContaining('expected at most 256 KiB')]);
    expect(faultsIn('a: &x 1\n---\n'.repeat(100)).length).toBeLessThanOrEqual(20);
  });

  it('is not repeated by what is said about it', () => {
    const [fault = ''] = faultsIn(`a: "b" ${'c d '.repeat(5000)}\n`);
    expect(fault).toContain('expected well-formed YAML');
    expect(fault.length).toBeLessThan(300);
  });
});
