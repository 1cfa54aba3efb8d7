import { describe, expect, it } from 'vitest';
import { createInFlightWindow, MOST_IN_FLIGHT } from '../../../src/queue/in-flight-window.ts';

const job = (about: string, repository: string) => ({ about, lane: { registry: 'prod', repository } });
const at = (most: number) => ({ store: most, past: most });

describe('what goes into the queue', () => {
  it('P6: is never all of one repository’s, however much of it waits', () => {
    const window = createInFlightWindow(() => 0, at(16));
    const busy = Array.from({ length: 10_000 }, (_, n) => window.offer(`b${n}`, job(`b${n}`, 'busy'), 'past'));
    expect(busy.filter(Boolean)).toHaveLength(8);
    expect(window.offer('q', job('q', 'quiet'), 'past')).toBe(true);
    expect(window.room('past')).toBe(7);
  });

  it('makes room as its jobs end, and says whether something was left on record', () => {
    const window = createInFlightWindow(() => 0, at(2));
    // What a process before this one has left is not known.
    expect(window.takeBehind()).toBe(true);
    expect(window.offer('a', job('a', 'busy'), 'store')).toBe(true);
    expect(window.isBehind()).toBe(false);
    expect(window.offer('b', job('b', 'busy'), 'store')).toBe(false);
    expect(window.takeBehind()).toBe(true);
    expect(window.takeBehind()).toBe(false);
    window.ended('a');
    expect(window.offer('b', job('b', 'busy'), 'store')).toBe(true);
    expect(window.inFlight()).toEqual(['b']);
  });

  it('is no second time in it, whichever way it goes', () => {
    const window = createInFlightWindow(() => 0, at(16));
    expect(window.offer('a', job('a', 'app'), 'past')).toBe(true);
    expect(window.offer('a', job('a', 'app'), 'store')).toBe(false);
    expect([window.room('past'), window.room('store')]).toEqual([15, 16]);
  });

  it('is forgotten when another process has ended it, or when nobody fetches it', () => {
    let now = 0;
    const window = createInFlightWindow(() => now, at(16));
    for (const id of ['here', 'there', 'lost']) window.offer(id, job(id, 'app'), 'store');
    window.fetched('here');
    expect(window.elsewhere()).toEqual(['there', 'lost']);
    window.forget(['here', 'there']);
    expect(window.inFlight()).toEqual(['here', 'lost']);
    now = 60_000;
    expect(window.offer('lost', job('lost', 'app'), 'store')).toBe(true);
    expect(window.inFlight()).toEqual(['here', 'lost']);
    window.ended('here');
    window.ended('here');
    expect(window.room('store')).toBe(15);
  });
});

it('many more are in flight past the store than in it, each way by itself', () => {
  const window = createInFlightWindow(() => 0);
  const offer = (way: 'past' | 'store') =>
    Array.from({ length: 2_000 }, (_, n) => window.offer(`${way} ${n}`, job(`${n}`, 'busy'), way)).filter(Boolean);
  expect(offer('past')).toHaveLength(MOST_IN_FLIGHT.past / 2);
  // Other processes have come: what is offered from now on is as much as the store takes, whatever went past it before.
  expect(offer('store')).toHaveLength(MOST_IN_FLIGHT.store / 2);
  window.ended('past 0');
  expect([window.room('past'), window.room('store')]).toEqual([513, 64]);
});

describe('that there is room for what was left on record', () => {
  function open() {
    const window = createInFlightWindow(() => 0, at(16));
    window.takeBehind();
    let told = 0;
    window.onRoom(() => {
      told += 1;
    });
    for (let n = 0; n < 8; n += 1) window.offer(`${n}`, job(`${n}`, 'busy'), 'past');
    const end = (...ids: readonly number[]) => {
      for (const id of ids) window.ended(`${id}`);
      return told;
    };
    return { window, end };
  }

  it('is told once, when half of what was in flight has ended', () => {
    const { window, end } = open();
    expect(window.offer('more', job('more', 'busy'), 'past')).toBe(false);
    expect(end(0, 1, 2)).toBe(0);
    expect(end(3)).toBe(1);
    expect(end(4, 5, 6, 7)).toBe(1);
    window.takeBehind();
    window.leave();
    // Nothing is in flight that could end.
    expect(end()).toBe(2);
  });

  it('is not told while nothing was left', () => {
    expect(open().end(0, 1, 2, 3, 4, 5, 6, 7)).toBe(0);
  });

  it('is not told of what the queue did not take, which is left on record', () => {
    const { window, end } = open();
    end(0, 1, 2, 3, 4, 5, 6);
    window.offer('refused', job('refused', 'busy'), 'past');
    window.withdraw('refused');
    expect(end()).toBe(0);
    expect(window.inFlight()).toEqual(['7']);
    expect(window.takeBehind()).toBe(true);
  });
});
