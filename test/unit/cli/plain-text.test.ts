import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainJson, plainText } from '../../../src/cli/plain-text.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

describe('text from outside, on a terminal', () => {
  it('leaves ordinary names and other scripts as they are', () => {
    const text = 'registry.example.com/acme/app:v1.2 — „größer“, 日本語, עברית';
    expect(plainText(text)).toBe(text);
  });

  it('escapes what moves the cursor, recolours, turns the direction or cannot be seen', () => {
    expect(plainText('a\u001b[2Jb\u202ec\u200bd\u0007')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{7}');
  });

  it('keeps a value on one line', () => {
    expect(plainText('one\r\ntwo\n\n\tthree')).toBe('one two three');
  });

  it('cuts what nobody would read, and says so', () => {
    const text = plainText('A'.repeat(1_000_000));
    expect(text.length).toBeLessThan(2_100);
    expect(text).toMatch(/A… \(cut\)$/);
  });

  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 40), text]))('cannot be made to do harm by %j', (_, text) => {
    expect(plainText(text)).not.toMatch(OBEYED);
    expect(plainJson({ [text]: [text] })).not.toMatch(OBEYED);
  });

  it('holds for any text, and JSON reads back as the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(plainText(text)).not.toMatch(OBEYED);
        const json = plainJson({ text });
        expect(json).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });

  it('keeps the line breaks of indented JSON, and only those', () => {
    expect(plainJson({ a: 'x\ny' }, 2)).toBe('{\n  "a": "x\\ny"\n}');
  });
});
