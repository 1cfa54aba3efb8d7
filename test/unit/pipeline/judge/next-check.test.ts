import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import { lookAgainAt, nextCheckAt, rescanAt } from '../../../../src/pipeline/judge/next-check.ts';

const pushed = new Date('2026-01-01T00:00:00Z');
const later = (ms: number): Date => new Date(pushed.getTime() + ms);
const MINUTE = 60_000;

function checksUntil(graceMs: number): number[] {
  const checks: number[] = [];
  for (let now: Date | null = pushed; now !== null; ) {
    const next: Date | null = nextCheckAt(pushed, now, graceMs);
    if (next !== null) checks.push((next.getTime() - pushed.getTime()) / 1000);
    now = next;
  }
  return checks;
}

describe('when missing evidence is looked for again', () => {
  it('is after 15 s, 60 s, 5 min, and then every 5 min until the grace is over', () => {
    expect(checksUntil(15 * MINUTE)).toEqual([15, 60, 300, 600, 900]);
  });

  it('ends exactly with the grace, however short', () => {
    expect(checksUntil(8_000)).toEqual([8]);
    expect(checksUntil(12 * MINUTE)).toEqual([15, 60, 300, 600, 720]);
  });

  it('is never when there is no grace, or it is over', () => {
    expect(nextCheckAt(pushed, pushed, 0)).toBeNull();
    expect(nextCheckAt(pushed, later(MINUTE), MINUTE)).toBeNull();
  });

  it('is at the end of the grace, not in the past, when checks were missed', () => {
    expect(nextCheckAt(pushed, later(14 * MINUTE), 15 * MINUTE)).toEqual(later(15 * MINUTE));
  });
});

describe('when a failing image is looked at again by itself', () => {
  const gapAfter = (failingMs: number, digest = digestOf(Buffer.from('image'))): number =>
    (lookAgainAt(later(failingMs), { failingSince: pushed, digest, mostMs: 24 * 60 * MINUTE }).getTime() -
      later(failingMs).getTime()) /
    MINUTE;

  it('is after about as long as it has been failing, once an hour within the first day, then daily', () => {
    const plain = gapAfter(0) / 15;
    expect(
      [0, 30, 180, 24 * 60, 90 * 24 * 60].map((minutes) => Math.round(gapAfter(minutes * MINUTE) / plain)),
    ).toEqual([15, 30, 60, 1_440, 1_440]);
    expect(
      lookAgainAt(pushed, { failingSince: null, digest: digestOf(Buffer.from('image')), mostMs: 24 * 60 * MINUTE }),
    ).toEqual(later(gapAfter(0) * MINUTE));
  });

  it('is not for all at once that began to fail together', () => {
    const gaps = Array.from(
      { length: 1_000 },
      (_, n) => gapAfter(48 * 60 * MINUTE, digestOf(Buffer.from(`${n}`))) / 60,
    );
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(18);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(30);
    const perHour = Map.groupBy(gaps, Math.floor);
    expect(Math.max(...[...perHour.values()].map(({ length }) => length))).toBeLessThan(150);
  });
});

describe('when an image that passes is looked at again', () => {
  const DAY = 24 * 60 * MINUTE;
  const digests = Array.from({ length: 1_000 }, (_, n) => digestOf(Buffer.from(`${n}`)));
  const at = (now: Date, digest = digestOf(Buffer.from('image'))) => rescanAt(now, { digest, everyMs: DAY });

  it('is once in the time set, at a point of it that is its own, however often it is judged meanwhile', () => {
    const first = at(pushed);
    expect(first.getTime() - pushed.getTime()).toBeGreaterThan(0);
    expect(first.getTime() - pushed.getTime()).toBeLessThanOrEqual(DAY);
    expect(at(new Date(first.getTime() - 1))).toEqual(first);
    expect(at(first)).toEqual(new Date(first.getTime() + DAY));
    expect(at(new Date(first.getTime() + 5_000))).toEqual(new Date(first.getTime() + DAY));
  });

  it('is spread evenly, also for those that were judged at once', () => {
    const hours = digests.map((digest) =>
      Math.floor((at(pushed, digest).getTime() - pushed.getTime()) / (60 * MINUTE)),
    );
    const perHour = Map.groupBy(hours, (hour) => hour);
    expect(perHour.size).toBe(24);
    expect(Math.max(...[...perHour.values()].map(({ length }) => length))).toBeLessThan(80);
  });

  it('is for one that fails no later than for one that passes', () => {
    const again = { failingSince: pushed, digest: digestOf(Buffer.from('image')), mostMs: 60 * MINUTE };
    expect(lookAgainAt(later(90 * DAY), again).getTime() - later(90 * DAY).getTime()).toBeLessThanOrEqual(75 * MINUTE);
  });
});
