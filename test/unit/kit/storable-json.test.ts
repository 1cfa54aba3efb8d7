import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storableJson, storableText } from '../../../src/kit/storable-json.ts';

test('keeps what PostgreSQL can store as it is', () => {
  const value = { text: 'a "b" \\ \n é \u{1f4a9} \\u0000 as letters', list: [1, null, true] };
  expect(JSON.parse(storableJson(value))).toEqual(value);
});

test('replaces what it cannot: U+0000 and lone surrogates, in keys too', () => {
  expect(JSON.parse(storableJson({ 'k\0': 'a\ud800b\udc00\0' }))).toEqual({ 'k\ufffd': 'a\ufffdb\ufffd\ufffd' });
  expect(storableText('a\0b\ud800')).toBe('a\ufffdb\ufffd');
});

test('any JSON comes out well-formed, without a NUL, and otherwise unchanged', () => {
  const anything = fc.jsonValue({ stringUnit: 'binary' });
  fc.assert(
    fc.property(anything, (value) => {
      const stored = storableJson(value);
      expect(stored).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/);
      const text = JSON.stringify(value);
      if (!text.includes('\\u')) expect(stored).toBe(text);
    }),
  );
});
