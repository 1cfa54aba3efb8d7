import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../../../src/kit/retry-after.ts';

const NOW = new Date('2026-11-24T12:00:00Z');

describe('what Retry-After asks for', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 120 ', 120_000],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    ['Tuesday, 24-Nov-26 12:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['999999999', 7 * 86_400_000],
    ['Tue, 24 Nov 2099 11:00:00 GMT', 7 * 86_400_000],
  ])('is read out of %j: %d ms', (value, ms) => {
    expect(parseRetryAfter(value, NOW)).toBe(ms);
  });

  it.each([undefined, '', '-1', '-5', '1.5', 'soon', '9999999999', ['1', '2']])('is nothing in %j', (value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });
});
