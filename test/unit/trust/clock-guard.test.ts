import { describe, expect, it } from 'vitest';
import { type ClockGuard, createClockGuard } from '../../../src/trust/clock-guard.ts';

const at = (text: string): Date => new Date(`2026-11-24T${text}:00Z`);
const MINUTE = 60_000;

/** What the watch shows, in minutes. */
let watch = 0;
function guardWith(confirmedTime?: Date): ClockGuard {
  watch = 0;
  return createClockGuard({
    notBefore: new Date('2025-09-23T00:00:00Z'),
    confirmedTime,
    elapsedMs: () => watch * MINUTE,
  });
}
const says = (time: Date, server = 'tuf.test') => ({ server, time, confirms: true });

describe('the guard of the clock (D4)', () => {
  it('believes a clock nothing speaks against', () => {
    expect(guardWith().obstacle(at('12:00'))).toBeUndefined();
  });

  it('takes a clock for confirmed only when a server of this run has said so, and none speaks against it', () => {
    const guard = guardWith(at('12:00'));
    expect(guard.isConfirmed(at('12:00'))).toBe(false);
    guard.observe(says(at('12:00')), at('12:00'));
    expect(guard.isConfirmed(at('12:00'))).toBe(true);
    expect(guard.isConfirmed(new Date('2036-11-24T12:00:00Z'))).toBe(false);
  });

  it('believes none from before the package was made', () => {
    expect(guardWith().obstacle(new Date('2025-09-22T23:59:59Z'))).toContain('has passed');
  });

  it('lets the clock be five minutes behind a confirmed time, and no more', () => {
    const guard = guardWith(at('12:00'));
    expect(guard.obstacle(at('11:55'))).toBeUndefined();
    expect(guard.obstacle(at('11:54'))).toContain('already');
  });

  it('lets the clock be five minutes ahead of a server, and no more, until they agree again', () => {
    const guard = guardWith();
    guard.observe(says(at('12:00')), at('12:05'));
    expect(guard.obstacle(at('12:05'))).toBeUndefined();
    guard.observe(says(at('12:00')), at('12:06'));
    expect(guard.obstacle(at('12:06'))).toContain('by what servers say');
    guard.observe(says(at('12:07')), at('12:07'));
    expect(guard.obstacle(at('12:07'))).toBeUndefined();
  });

  it('remembers only times that both agreed upon: a server from the future makes no right time look past', () => {
    const guard = guardWith();
    guard.observe(says(at('23:00')), at('12:00'));
    expect(guard.confirmedTime()).toBeUndefined();
    expect(guard.obstacle(at('12:01'))).toBeUndefined();
    guard.observe(says(at('12:02')), at('12:01'));
    guard.observe(says(at('12:01')), at('12:01'));
    expect(guard.confirmedTime()).toEqual(at('12:02'));
  });

  it('notices a jump in either direction at once, though no server was asked since', () => {
    const guard = guardWith();
    guard.observe(says(at('12:00')), at('12:00'));
    watch = 50;
    expect(guard.obstacle(at('12:50'))).toBeUndefined();
    expect(guard.obstacle(at('13:50'))).toContain('it is 2026-11-24 12:50:00 UTC by what servers say');
    expect(guard.obstacle(at('11:50'))).toContain('it has been 2026-11-24 12:50:00 UTC already');
  });

  it('counts on from the confirmed time of an earlier run', () => {
    const guard = guardWith(at('12:00'));
    watch = 30;
    expect(guard.obstacle(at('12:20'))).toContain('it has been 2026-11-24 12:30:00 UTC already');
  });

  it('is not misled by one server whose clock is behind, nor by a machine that slept, once another has spoken', () => {
    const guard = guardWith();
    guard.observe(says(at('09:00'), 'slow.test'), at('12:00'));
    expect(guard.obstacle(at('12:00'))).toContain('by what servers say');
    guard.observe(says(at('12:00')), at('12:00'));
    expect(guard.obstacle(at('12:00'))).toBeUndefined();
    // Asleep for an hour: the watch stood still.
    watch = 1;
    expect(guard.obstacle(at('13:01'))).toContain('by what servers say');
    guard.observe({ ...says(at('13:01'), 'registry.test'), confirms: false }, at('13:01'));
    expect(guard.obstacle(at('13:01'))).toBeUndefined();
  });

  it('lets a server that may not confirm speak against the clock, and keeps nothing of it', () => {
    const guard = guardWith();
    guard.observe({ ...says(at('12:00'), 'registry.test'), confirms: false }, at('12:00'));
    expect(guard.confirmedTime()).toBeUndefined();
    expect(guard.obstacle(at('11:00'))).toBeUndefined();
    expect(guard.obstacle(at('13:00'))).toContain('by what servers say');
  });
});
