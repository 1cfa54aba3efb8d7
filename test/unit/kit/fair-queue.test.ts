import { describe, expect, it } from 'vitest';
import { createFairQueue, type FairQueue, type Lane } from '../../../src/kit/fair-queue.ts';
import { createFairSemaphore } from '../../../src/kit/fair-semaphore.ts';

const lane = (registry: string, repository: string): Lane => ({ registry, repository });

/** Takes until nobody may have another of so many slots; gives what was taken, by its name. */
function fill(turns: FairQueue<string>, slots: number): readonly string[] {
  const taken: string[] = [];
  for (let next = turns.take(slots); next !== undefined; next = turns.take(slots - taken.length)) taken.push(next);
  return taken;
}

describe('turns', () => {
  it('go round registries, and within each round its repositories, whoever has most waiting', () => {
    const turns = createFairQueue<string>();
    for (let n = 0; n < 3; n++) turns.wait(`a/x${n}`, lane('a', 'x'));
    turns.wait('a/y', lane('a', 'y'));
    turns.wait('b/x', lane('b', 'x'));
    expect(Array.from({ length: 5 }, () => turns.take(100))).toEqual(['a/x0', 'b/x', 'a/y', 'a/x1', 'a/x2']);
    expect(turns.take(100)).toBeUndefined();
    expect(turns.size).toBe(0);
  });

  it('leave half of the slots free of one repository, and a quarter of one registry (P6)', () => {
    const turns = createFairQueue<string>();
    for (let n = 0; n < 10_000; n++) turns.wait('hog', lane('a', 'hog'));
    expect(fill(turns, 16)).toHaveLength(8);
    for (let n = 0; n < 10_000; n++) turns.wait('other', lane('a', `other-${n}`));
    expect(fill(turns, 8)).toHaveLength(4);
    turns.wait('elsewhere', lane('b', 'quiet'));
    expect(turns.take(4)).toBe('elsewhere');
  });

  it('leave something for who comes next, however many want all there is', () => {
    for (const hogs of [1, 2, 3, 5, 7]) {
      const turns = createFairQueue<string>();
      for (let hog = 0; hog < hogs; hog++) {
        for (let n = 0; n < 100; n++) turns.wait(`hog ${hog}`, lane(`registry ${hog}`, 'app'));
      }
      const taken = fill(turns, 16);
      expect(taken.length).toBeLessThan(16);
      expect(new Set(taken).size).toBe(hogs);
      turns.wait('quiet', lane('quiet', 'app'));
      expect(turns.take(16 - taken.length)).toBe('quiet');
    }
  });

  it('give the only slot there is to anybody', () => {
    const turns = createFairQueue<string>();
    turns.wait('one', lane('a', 'x'));
    turns.wait('two', lane('a', 'x'));
    expect(turns.take(1)).toBe('one');
    expect(turns.take(0)).toBeUndefined();
    turns.leave(lane('a', 'x'));
    expect(turns.take(1)).toBe('two');
  });

  it('come first for who has had one and was sent away', () => {
    const turns = createFairQueue<string>();
    turns.wait('first', lane('a', 'x'));
    turns.wait('second', lane('b', 'x'));
    turns.wait('sent away', lane('a', 'y'), true);
    expect([turns.take(9), turns.take(9), turns.take(9)]).toEqual(['sent away', 'second', 'first']);
  });

  it('are given up by who waits no longer, wherever he stood', () => {
    const turns = createFairQueue<string>();
    turns.wait('other', lane('a', 'x'));
    turns.wait('before', lane('a', 'y'));
    turns.wait('gone', lane('a', 'y'));
    expect([turns.forget('gone'), turns.forget('gone')]).toEqual([true, false]);
    expect([turns.size, turns.take(9), turns.take(9), turns.take(9)]).toEqual([2, 'other', 'before', undefined]);
  });

  it('give a registry no more than it may have at most, however many are free, and others theirs', () => {
    const turns = createFairQueue<string>({ ofRegistry: 1 });
    for (const name of ['x', 'y', 'z']) turns.wait(`slack ${name}`, lane('slack', name));
    turns.wait('mail', lane('mail', 'x'));
    expect(fill(turns, 100)).toEqual(['slack x', 'mail']);
    turns.leave(lane('slack', 'x'));
    expect(fill(turns, 100)).toEqual(['slack y']);
  });

  it('are nobody’s limit for what belongs to no repository', () => {
    const turns = createFairQueue<string>();
    for (let n = 0; n < 4; n++) turns.wait(`token ${n}`, undefined);
    expect(fill(turns, 4)).toHaveLength(4);
  });
});

describe('slots', () => {
  it('pass over who has given up, and stay free when nobody waits', async () => {
    const slots = createFairSemaphore(2);
    const leave = await slots.enter(lane('a', 'x'));
    const stop = new AbortController();
    const late = slots.enter(lane('a', 'x'), stop.signal);
    const next = slots.enter(lane('a', 'x'));
    stop.abort(new Error('given up'));
    await expect(late).rejects.toThrow('given up');
    leave();
    leave();
    const leaveNext = await next;
    // The half that the busy repository may not have is still there.
    (await slots.enter(lane('a', 'quiet')))();
    leaveNext();
    await expect(slots.enter(lane('a', 'x'), AbortSignal.abort(new Error('stopping')))).rejects.toThrow('stopping');
  });
});
