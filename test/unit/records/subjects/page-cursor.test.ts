import { expect, test } from 'vitest';
import { formatPageCursor, parsePageCursor } from '../../../../src/records/subjects/page-cursor.ts';

test('a cursor comes back as it was handed out', () => {
  for (const id of ['ab'.repeat(32), '123']) {
    const cursor = { at: new Date('2026-11-24T08:00:00.123Z'), id };
    expect(parsePageCursor(formatPageCursor(cursor))).toEqual(cursor);
  }
});

test.each(['', 'x', '!!', Buffer.from("1.' OR 1=1").toString('base64url'), 'A'.repeat(10_000)])(
  'USAGE_INVALID: %s was not made here',
  (text) => {
    expect(() => parsePageCursor(text)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }));
  },
);
