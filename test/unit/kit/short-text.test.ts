import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortText } from '../../../src/kit/short-text.ts';

describe('text from outside, quoted in a sentence', () => {
  it('keeps both ends of what is too long', () => {
    expect(shortText('https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1', 21)).toBe(
      'https://gi…fs/tags/v1',
    );
  });

  it('is one line with single spaces', () => {
    expect(shortText('  one\n\ttwo\r\nthree  ')).toBe('one two three');
  });

  it('never is longer than asked, has no line break, and changes no more when it is shortened again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 3, max: 50 }), (text, max) => {
        const short = shortText(text, max);
        expect([...short].length).toBeLessThanOrEqual(max);
        expect(short).not.toMatch(/[\r\n]/);
        expect(shortText(short, max)).toBe(short);
      }),
    );
  });
});
