import { describe, expect, it } from 'vitest';
import { createRateWindow } from '../../../../src/registry/http/rate-window.ts';

describe('createRateWindow', () => {
  it('lets so many through in any minute, whenever the minute begins', () => {
    let at = 0;
    const window = createRateWindow(30, () => at);
    const times: number[] = [];
    for (; at < 300_000; at += 250) {
      // Long pauses save nothing up.
      if (at % 100_000 > 70_000 || window.waitMs() > 0) continue;
      window.take();
      times.push(at);
    }
    for (const start of times) {
      expect(times.filter((time) => time >= start && time < start + 60_000).length).toBeLessThanOrEqual(30);
    }
    expect(times.length).toBeGreaterThan(90);
  });

  it('says when there is room again, sooner for those who may have more of it', () => {
    let at = 0;
    const window = createRateWindow(4, () => at);
    for (; at < 3_000; at += 1_000) window.take();
    expect(window.waitMs()).toBe(0);
    expect(window.waitMs(0.75)).toBe(57_000);
    at += window.waitMs(0.75);
    expect(window.waitMs(0.75)).toBe(0);
  });

  it('lets even one a minute through', () => {
    const window = createRateWindow(1, () => 0);
    expect(window.waitMs(0.75)).toBe(0);
    window.take();
    expect(window.waitMs()).toBe(60_000);
  });

  it('counts nothing where no number is given', () => {
    const window = createRateWindow(undefined, () => 0);
    for (let n = 0; n < 10_000; n++) window.take();
    expect(window.waitMs()).toBe(0);
  });
});
