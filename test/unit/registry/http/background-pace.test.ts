import { describe, expect, it } from 'vitest';
import { createBackgroundPace } from '../../../../src/registry/http/background-pace.ts';

function paceAt(perMinute?: number) {
  const clock = { at: 0 };
  return { clock, pace: createBackgroundPace(perMinute, () => clock.at) };
}

describe('createBackgroundPace', () => {
  it('goes as fast as it may at first', () => {
    const { pace } = paceAt();
    pace.take();
    expect(pace.waitMs()).toBe(0);
  });

  it('spreads what a minute may have', () => {
    const { pace } = paceAt(60);
    pace.take();
    expect(pace.waitMs()).toBe(1_000);
  });

  it('slows down by each "too many" that comes after a slower request, and by one of a salvo only', () => {
    const { pace, clock } = paceAt();
    const spacings: number[] = [];
    for (let round = 0; round < 9; round++) {
      clock.at += 100_000;
      pace.take();
      for (let salvo = 0; salvo < 5; salvo++) pace.slow();
      spacings.push(pace.waitMs());
    }
    expect(spacings.slice(0, 4)).toEqual([250, 500, 1_000, 2_000]);
    expect(spacings.at(-1)).toBe(10_000);
  });

  it('becomes faster again by good answers, little by little, and as fast as at first in the end', () => {
    const { pace } = paceAt();
    pace.take();
    pace.slow();
    pace.recover();
    expect(pace.waitMs()).toBeGreaterThan(240);
    for (let n = 0; n < 300; n++) pace.recover();
    expect(pace.waitMs()).toBe(0);
  });

  it('leaves the last quarter of a quota to others until there is more', () => {
    const { pace, clock } = paceAt();
    pace.heed({ limit: 100, remaining: 26, resetMs: 60_000 });
    expect(pace.heldMs()).toBe(0);
    pace.heed({ limit: 100, remaining: 25, resetMs: 60_000 });
    expect(pace.heldMs()).toBe(60_000);
    expect(pace.waitMs()).toBe(60_000);
    clock.at += 60_000;
    expect(pace.waitMs()).toBe(0);
  });

  it('goes on as soon as more is told, and tries again in a quarter of an hour whatever is told', () => {
    const { pace } = paceAt();
    pace.heed({ remaining: 0, resetMs: 365 * 86_400_000 });
    expect(pace.heldMs()).toBe(15 * 60_000);
    pace.heed({ remaining: 1, resetMs: 60_000 });
    expect(pace.heldMs()).toBe(0);
  });
});
