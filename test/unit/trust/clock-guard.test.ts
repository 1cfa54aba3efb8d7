import { describe, expect, it } from 'vitest';
import { createClockGuard } from '../../../src/trust/clock-guard.ts';

const at = (text: string): Date => new Date(`2026-11-24T${text}:00Z`);
const guardWith = (confirmedTime?: Date) =>
  createClockGuard({ notBefore: new Date('2025-09-23T00:00:00Z'), confirmedTime });

describe('the guard of the clock (D4)', () => {
  it('believes a clock nothing speaks against', () => {
    expect(guardWith().obstacle(at('12:00'))).toBeUndefined();
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
    guard.observe(at('12:00'), at('12:05'));
    expect(guard.obstacle(at('12:05'))).toBeUndefined();
    guard.observe(at('12:00'), at('12:06'));
    expect(guard.obstacle(at('12:06'))).toContain('a server says');
    guard.observe(at('12:07'), at('12:07'));
    expect(guard.obstacle(at('12:07'))).toBeUndefined();
  });

  it('remembers only times that both agreed upon: a server from the future makes no right time look past', () => {
    const guard = guardWith();
    guard.observe(at('23:00'), at('12:00'));
    expect(guard.confirmedTime()).toBeUndefined();
    expect(guard.obstacle(at('12:01'))).toBeUndefined();
    guard.observe(at('12:02'), at('12:01'));
    guard.observe(at('12:01'), at('12:01'));
    expect(guard.confirmedTime()).toEqual(at('12:02'));
  });
});
