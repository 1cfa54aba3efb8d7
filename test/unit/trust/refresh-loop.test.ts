import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RefreshLoop, startRefreshLoop } from '../../../src/trust/refresh-loop.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let loop: RefreshLoop;
let isGood: boolean;
/** Minutes after the start at which it ran. */
let ran: number[];

beforeEach(() => {
  vi.useFakeTimers();
  [isGood, ran] = [true, []];
  const began = Date.now();
  loop = startRefreshLoop({
    everyMs: HOUR,
    run: async () => {
      ran.push((Date.now() - began) / MINUTE);
      return isGood;
    },
  });
});
afterEach(() => {
  loop.stop();
  vi.useRealTimers();
});

function gaps(): readonly number[] {
  return ran.slice(1).map((at, index) => at - (ran[index] ?? 0));
}

describe('refreshing in the background', () => {
  it('begins at once and goes on every hour, give or take a tenth, so that many daemons do not ask together', async () => {
    await vi.advanceTimersByTimeAsync(48 * HOUR);
    expect(ran[0]).toBe(0);
    expect(ran.length).toBeGreaterThanOrEqual(43);
    for (const gap of gaps()) {
      expect(gap).toBeGreaterThanOrEqual(54);
      expect(gap).toBeLessThanOrEqual(66);
    }
    expect(new Set(gaps()).size).toBeGreaterThan(10);
  });

  it('tries again sooner after a failure, later each time up to an hour, and hourly again after a success', async () => {
    isGood = false;
    await vi.advanceTimersByTimeAsync(12 * HOUR);
    // The first run had been asked before it was to fail.
    const [first, ...later] = gaps();
    expect(first).toBeGreaterThanOrEqual(54);
    [1, 2, 4, 8, 16, 32, 60, 60].forEach((minutes, at) => {
      expect(later[at]).toBeGreaterThanOrEqual(minutes * 0.9);
      expect(later[at]).toBeLessThanOrEqual(minutes * 1.1);
    });
    isGood = true;
    const before = ran.length;
    await vi.advanceTimersByTimeAsync(5 * HOUR);
    for (const gap of gaps().slice(before)) expect(gap).toBeGreaterThanOrEqual(54);
    expect(ran.length).toBeGreaterThan(before + 2);
  });

  it('ends when it is stopped, also while it runs', async () => {
    await vi.advanceTimersByTimeAsync(HOUR / 2);
    loop.stop();
    await vi.advanceTimersByTimeAsync(10 * HOUR);
    expect(ran).toEqual([0]);
  });
});
