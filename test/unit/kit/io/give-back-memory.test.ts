import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { giveBackMemory } from '../../../../src/kit/io/give-back-memory.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what a start took is given back', () => {
  it('once, when the start is over, by the collection that keeps no room for more', () => {
    const asked: unknown[] = [];
    giveBackMemory((how) => asked.push(how));
    expect(asked).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(asked).toEqual([{ type: 'major', execution: 'sync', flavor: 'last-resort' }]);
  });

  it('not at all where the engine does not offer it, and without an error', () => {
    giveBackMemory(undefined);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
