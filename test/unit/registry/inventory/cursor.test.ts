import { describe, expect, it } from 'vitest';
import { advance, formatCursor, parseCursor, startCursor } from '../../../../src/registry/inventory/cursor.ts';

/** How many pages are read until a list of which the page after `n` is `next(n)` is known to be a circle. */
function pagesUntilCircle(next: (page: number) => number, most: number): number | undefined {
  let cursor = startCursor('0');
  for (let pages = 1; pages <= most; pages++) {
    const following = advance(cursor, String(next(Number(cursor.query))));
    if (following === undefined) return pages;
    cursor = parseCursor(formatCursor(following)) ?? startCursor('lost');
  }
  return undefined;
}

describe('advance', () => {
  it.each([
    ['leads to itself', 0, 1],
    ['leads from its second page to its first', 0, 2],
    ['comes to a circle after a while', 20, 7],
    ['is a long circle', 3, 500],
  ])('notices a list that %s, however often it was kept in between', (_name, before, length) => {
    const end = before + length;
    const pages = pagesUntilCircle((page) => (page + 1 < end ? page + 1 : before), 10_000);
    expect(pages).toBeGreaterThanOrEqual(length);
    expect(pages).toBeLessThanOrEqual(3 * end);
  });

  it('takes no long list for a circle', () => {
    expect(pagesUntilCircle((page) => page + 1, 5_000)).toBeUndefined();
  });
});

describe('parseCursor', () => {
  it.each(['', 'v1', '{}', '{"query":"n=1"}', '[]', '{"query":1,"page":1,"mark":"x"}'])(
    'takes %j for none of its own',
    (text) => {
      expect(parseCursor(text)).toBeUndefined();
    },
  );
});
