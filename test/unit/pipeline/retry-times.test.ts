import { describe, expect, it } from 'vitest';
import { FaultError, InvalidInputError } from '../../../src/kit/errors.ts';
import { awaitVerdictAt, heldUntil, retryEffectAt, retryLookAt } from '../../../src/pipeline/retry-times.ts';

const now = new Date('2026-01-01T00:00:00Z');
const fault = (retryable: boolean, retryAfterMs?: number): FaultError =>
  new FaultError('SINK_UNREACHABLE', 'no answer', { retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) });
const MINUTE = 60_000;
const later = (ms: number): Date => new Date(now.getTime() + ms);
const secondsUntil = (at: Date | null): number | null => at && (at.getTime() - now.getTime()) / 1000;

describe('a failed effect', () => {
  it('is tried again after 5 s, doubled up to ten minutes', () => {
    const waits = [1, 2, 3, 7, 8, 500].map((attempts) => secondsUntil(retryEffectAt(now, attempts, fault(true))));
    expect(waits).toEqual([5, 10, 20, 320, 600, 600]);
  });

  it('waits for as long as the other side asked', () => {
    expect(secondsUntil(retryEffectAt(now, 1, fault(true, 60_000)))).toBe(60);
  });

  it('waits a day at most', () => {
    expect(secondsUntil(retryEffectAt(now, 1, fault(true, 365 * 86_400_000)))).toBe(86_400);
  });

  it('is given up when trying again cannot help', () => {
    expect(retryEffectAt(now, 1, fault(false))).toBeNull();
    expect(retryEffectAt(now, 1, new InvalidInputError('CONFIG_INVALID', 'no such tag'))).toBeNull();
    expect(retryEffectAt(now, 1000, fault(true))).toBeNull();
  });
});

describe('when a registry that could not be asked is asked again', () => {
  it('I1: is after 5 s, doubled up to 90 s, so that nothing waits for long after an outage', () => {
    const waits = [0, 1, 2, 6, 100].map((n) => (retryLookAt(now, n, undefined).getTime() - now.getTime()) / 1000);
    expect(waits).toEqual([5, 10, 20, 90, 90]);
  });

  it('is once an hour when that has lasted for hours, and daily after a week', () => {
    const waits = [239, 240, 407, 408].map((n) => (retryLookAt(now, n, undefined).getTime() - now.getTime()) / MINUTE);
    expect(waits).toEqual([1.5, 60, 60, 1_440]);
  });

  it('is not before the time the registry itself named', () => {
    expect(retryLookAt(now, 0, 90_000)).toEqual(later(90_000));
    expect(retryLookAt(now, 0, 1_000)).toEqual(later(5_000));
  });

  it('B12: is within 15 minutes, whatever time the registry named', () => {
    expect(retryLookAt(now, 0, 365 * 86_400_000)).toEqual(later(15 * MINUTE));
  });
});

describe('a registry write that is not to be made now', () => {
  it('asks for the verdict it waits for after 5 s, doubled up to a quarter of an hour', () => {
    const waits = [1, 2, 3, 8, 9, 100].map((attempts) => secondsUntil(awaitVerdictAt(now, attempts)));
    expect(waits).toEqual([5, 10, 20, 640, 900, 900]);
  });

  it.each([
    ['soon', 60],
    ['refused', 3_600],
    ['image', 300],
    ['limited', 60],
    ['falseMark', 3_660],
  ] as const)('is left by what stands against it: %s, %i s', (why, seconds) => {
    expect(secondsUntil(heldUntil(now, why))).toBe(seconds);
  });
});
