import { describe, expect, it } from 'vitest';
import { FaultError, InvalidInputError } from '../../../../src/kit/errors.ts';
import { retryEffectAt } from '../../../../src/pipeline/act/retry-effect.ts';

const now = new Date('2026-01-01T00:00:00Z');
const fault = (retryable: boolean, retryAfterMs?: number): FaultError =>
  new FaultError('SINK_UNREACHABLE', 'no answer', { retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) });
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
