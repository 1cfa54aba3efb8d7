import { describe, expect, it } from 'vitest';
import { parseServerTime } from '../../../src/kit/server-time.ts';

const DATE = 'Sat, 28 Nov 2026 12:00:00 GMT';

describe('the time of a server', () => {
  it('is what its answer says', () => {
    expect(parseServerTime(DATE)).toEqual(new Date('2026-11-28T12:00:00Z'));
  });

  it('is later by as long as a cache has kept the answer', () => {
    expect(parseServerTime(DATE, '90')).toEqual(new Date('2026-11-28T12:01:30Z'));
  });

  it.each(['-90', '1.5', 'soon', '1234567890', ''])('is not moved by an age that is none: %j', (age) => {
    expect(parseServerTime(DATE, age)).toEqual(new Date('2026-11-28T12:00:00Z'));
  });

  it.each([undefined, '', 'yesterday'])('is not known where it says %j', (date) => {
    expect(parseServerTime(date, '90')).toBeUndefined();
  });
});
