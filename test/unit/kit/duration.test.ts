import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/kit/duration.ts';

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2w', 1_209_600_000],
    ['3650d', 315_360_000_000],
  ])('is read from %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', '5 m', '-5m', '1.5h', '5M', '5min', 'm', '1h 30m', '11y', '4000d', '9999999999s', '5m\n'])(
    'is none in %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([
    [0, '0 seconds'],
    [-5_000, '0 seconds'],
    [1_000, '1 second'],
    [59_999, '59 seconds'],
    [60_000, '1 minute'],
    [119 * 60_000, '119 minutes'],
    [26 * 3_600_000, '26 hours'],
    [48 * 3_600_000, '2 days'],
  ])('of %d ms is said as "%s"', (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });
});
