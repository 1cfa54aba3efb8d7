import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../src/domain/glob.ts';
import { globsOverlap } from '../../../src/domain/globs-overlap.ts';

describe('two globs overlap', () => {
  it.each([
    ['r.example/acme/**', 'r.example/acme/app', true],
    ['r.example/acme/**', 'r.example/**', true],
    ['r.example/*/app', 'r.example/acme/*', true],
    ['r.example/*/app', 'r.example/acme/web', false],
    ['r.example/acme/*', 'r.example/acme/a/b', false],
    ['r.example/acme/**', 'other.example/acme/**', false],
    ['**/app', 'r.example/**', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['', '**', true],
    ['', '?', false],
  ])('%j and %j: %j', (a, b, expected) => {
    expect(globsOverlap(a, b)).toBe(expected);
    expect(globsOverlap(b, a)).toBe(expected);
  });

  it('exactly when some text matches both', () => {
    const glob = fc
      .array(fc.constantFrom('a', 'b', '/', '?', '*', '**'), { maxLength: 5 })
      .map((parts) => parts.join(''))
      .filter((text) => !text.includes('***'));
    // All texts over the alphabet that globs of five tokens can tell apart.
    const texts = Array.from({ length: 7 }).reduce<string[]>(
      (all) => [...new Set([...all, ...all.flatMap((text) => ['a', 'b', '/', 'c'].map((end) => text + end))])],
      [''],
    );
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        const both = texts.some((text) => matchesGlob(a, text) && matchesGlob(b, text));
        // A shared text may be longer than those tried, never the other way round.
        if (both) expect(globsOverlap(a, b)).toBe(true);
        if (!globsOverlap(a, b)) expect(both).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
