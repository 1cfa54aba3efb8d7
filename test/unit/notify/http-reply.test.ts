import { expect, it } from 'vitest';
import { isRetryableStatus, parseRetryAfter } from '../../../src/notify/http-reply.ts';

const NOW = new Date('2026-11-24T05:00:00Z');

it.each([
  ['30', 30_000],
  [' 5 ', 5_000],
  ['0', 0],
  ['Tue, 24 Nov 2026 05:01:00 GMT', 60_000],
  ['Tue, 24 Nov 2026 04:00:00 GMT', 0],
  ['999999999', 604_800_000],
  ['soon', undefined],
  ['-5', undefined],
  ['', undefined],
  [undefined, undefined],
  [['1', '2'], undefined],
])('reads the time to wait out of Retry-After %j: %j ms', (value, expected) => {
  expect(parseRetryAfter(value, NOW)).toBe(expected);
});

it('asks again after 408, 425, 429 and faults of the server, and after nothing else', () => {
  const retryable = Array.from({ length: 500 }, (_, n) => n + 100).filter(isRetryableStatus);
  expect(retryable).toEqual([408, 425, 429, ...Array.from({ length: 100 }, (_, n) => n + 500)]);
});
