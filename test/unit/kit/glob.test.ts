import { describe, expect, it } from 'vitest';
import { globFault, literalFolder, matchesGlob } from '../../../src/kit/glob.ts';

describe('a glob', () => {
  it.each([
    ['', 'empty text'],
    ['acme /app', 'without white space'],
    ['acme/{a,b}', 'only *, ** and ?'],
    ['acme/***', 'got ***'],
    ['[ab]cme/**', 'only *, ** and ?'],
    ['registry.example.com/[::1]/**', 'only *, ** and ?'],
  ])('%j is refused, as it would match something else than meant, or nothing', (glob, why) => {
    expect(globFault(glob)).toContain(why);
  });

  it.each(['acme', 'acme/*', 'acme/**', '**/app', 'acme/?', '[::1]:5000/acme/**', '[2001:db8::1]/**'])(
    '%j is none of these',
    (glob) => {
      expect(globFault(glob)).toBeUndefined();
    },
  );

  it('takes the brackets of an IPv6 address for themselves', () => {
    expect(matchesGlob('[::1]:5000/acme/**', '[::1]:5000/acme/team/app')).toBe(true);
    expect(matchesGlob('[::1]:5000/acme/**', ':5000/acme/team/app')).toBe(false);
  });

  it('keeps within a segment with * and ?, and goes across with **', () => {
    expect(matchesGlob('acme/*/app', 'acme/team/app')).toBe(true);
    expect(matchesGlob('acme/*/app', 'acme/team/sub/app')).toBe(false);
    expect(matchesGlob('acme/**/app', 'acme/team/sub/app')).toBe(true);
    expect(matchesGlob('acme?app', 'acme/app')).toBe(false);
  });

  it.each([
    ['acme/**', 'acme'],
    ['acme/team/*/app', 'acme/team'],
    ['acme/app', undefined],
    ['**', undefined],
    ['acme-*/app', undefined],
  ])('%j has %j before its first wildcard', (glob, folder) => {
    expect(literalFolder(glob)).toBe(folder);
  });
});
