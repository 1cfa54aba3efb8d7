import { expect, it } from 'vitest';
import { backOff, backOffs } from '../../../src/kit/back-off.ts';

it('doubles with each failure up to the most', () => {
  expect([0, 1, 2, 3, 4, 50].map((failures) => backOff(1_000, failures, 10_000))).toEqual([
    1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
  ]);
});

it('begins with the first wait where nothing has failed yet, and never becomes more than a number holds', () => {
  expect(backOff(500, -1)).toBe(500);
  expect(Number.isSafeInteger(backOff(1_000, Number.MAX_SAFE_INTEGER))).toBe(true);
});

it('goes on for as long as somebody takes another wait', () => {
  const taken: number[] = [];
  for (const waitMs of backOffs(500, 4_000)) {
    if (taken.length === 6) break;
    taken.push(waitMs);
  }
  expect(taken).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
});
