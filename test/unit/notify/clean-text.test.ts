import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, VALUE_LIMIT } from '../../../src/notify/render/clean-text.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

describe('L10: a text of somebody else', () => {
  it('keeps what is a name', () => {
    expect(cleanText('registry.example.com/acme/app:v1.4.2-ünïcode')).toBe(
      'registry.example.com/acme/app:v1.4.2-ünïcode',
    );
  });

  it('becomes one line', () => {
    expect(cleanText('line one\nline two\r\nthree\u2028four\u2029five\u0085six\tseven')).toBe(
      'line one line two three four five six seven',
    );
  });

  it('loses what cannot be seen or turns its neighbours round', () => {
    expect(cleanText('\u202egnp.exe\u202c')).toBe('gnp.exe');
    expect(cleanText('a\u200bb\u200cc\u200dd\ufeffe\u00adf\u2060g')).toBe('abcdefg');
    expect(cleanText('\u0000\u001b[31mred\u001b[0m\u007f')).toBe('[31mred[0m');
    expect(cleanText('\u{e0041}\u{e0042}x\u{e007f}\u3164')).toBe('x');
  });

  it('is cut where the cut can be seen, and between characters', () => {
    expect(cleanText('x'.repeat(VALUE_LIMIT))).toBe('x'.repeat(VALUE_LIMIT));
    expect(cleanText('x'.repeat(VALUE_LIMIT + 1))).toBe(`${'x'.repeat(VALUE_LIMIT - 1)}…`);
    expect(cleanText('🚀'.repeat(5), 3)).toBe('🚀🚀…');
  });

  it('says that something is missing when it began with a flood of nothing', () => {
    expect(cleanText(`${'\u200b'.repeat(100_000)}x`)).toBe('…');
  });

  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 40), text]))('is safe in a line: %j', (_, text) => {
    expectSafe(cleanText(text));
  });

  it('is safe in a line, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => expectSafe(cleanText(text))));
  });
});

function expectSafe(text: string): void {
  expect(text.isWellFormed()).toBe(true);
  expect([...text].length).toBeLessThanOrEqual(VALUE_LIMIT);
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
}
