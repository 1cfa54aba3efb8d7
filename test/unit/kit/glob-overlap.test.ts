import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../src/kit/glob.ts';
import { globsOverlap } from '../../../src/kit/glob-overlap.ts';

describe('whether two globs have a text in common', () => {
  it.each([
    ['registry.example.com/**', 'registry.example.com/acme/**', true],
    ['registry.example.com/*', 'registry.example.com/acme/**', false],
    ['**/app', 'registry.example.com/**', true],
    ['*.example.com/a', 'registry.example.com/**', true],
    ['other.example.com/**', 'registry.example.com/**', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['', '**', true],
    ['*', '/', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(globsOverlap(a, b)).toBe(expected);
    expect(globsOverlap(b, a)).toBe(expected);
  });

  const glob = fc
    .array(fc.constantFrom('a', 'b', '/', '?', '*', '**/'), { maxLength: 6 })
    .map((parts) => parts.join('').replaceAll(/\*{3,}/g, '**'));
  const text = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 6 }).map((parts) => parts.join(''));

  it('says so of any two globs that match one text', () => {
    fc.assert(
      fc.property(glob, glob, text, (a, b, sample) => {
        if (matchesGlob(a, sample) && matchesGlob(b, sample)) expect(globsOverlap(a, b)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('agrees with trying every short text', () => {
    const texts = allTexts(['a', 'b', '/'], 6);
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        const found = texts.some((sample) => matchesGlob(a, sample) && matchesGlob(b, sample));
        const short = [a, b].every((it) => it.replaceAll('*', '').length <= 3);
        if (short) expect(globsOverlap(a, b)).toBe(found);
      }),
      { numRuns: 300 },
    );
  });
});

function allTexts(letters: readonly string[], length: number): readonly string[] {
  if (length === 0) return [''];
  const shorter = allTexts(letters, length - 1);
  return [...new Set([...shorter, ...shorter.flatMap((text) => letters.map((letter) => text + letter))])];
}
