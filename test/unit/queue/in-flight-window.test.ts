import { describe, expect, it } from 'vitest';
import { createInFlightWindow } from '../../../src/queue/in-flight-window.ts';

const job = (about: string, repository: string) => ({ about, lane: { registry: 'prod', repository } });

describe('what goes into the queue', () => {
  it('P6: is never all of one repository’s, however much of it waits', () => {
    const window = createInFlightWindow(() => 0, 16);
    const busy = Array.from({ length: 10_000 }, (_, n) => window.offer(`b${n}`, job(`b${n}`, 'busy')));
    expect(busy.filter(Boolean)).toHaveLength(8);
    expect(window.offer('q', job('q', 'quiet'))).toBe(true);
    expect(window.room()).toBe(7);
  });

  it('makes room as its jobs end, and says whether something was left on record', () => {
    const window = createInFlightWindow(() => 0, 2);
    // What a process before this one has left is not known.
    expect(window.takeBehind()).toBe(true);
    expect(window.offer('a', job('a', 'busy'))).toBe(true);
    expect(window.isBehind()).toBe(false);
    expect(window.offer('b', job('b', 'busy'))).toBe(false);
    expect(window.takeBehind()).toBe(true);
    expect(window.takeBehind()).toBe(false);
    window.ended('a');
    expect(window.offer('b', job('b', 'busy'))).toBe(true);
    expect(window.inFlight()).toEqual(['b']);
  });

  it('is no second time in it', () => {
    const window = createInFlightWindow(() => 0, 16);
    expect(window.offer('a', job('a', 'app'))).toBe(true);
    expect(window.offer('a', job('a', 'app'))).toBe(false);
    expect(window.room()).toBe(15);
  });

  it('is forgotten when another process has ended it, or when nobody fetches it', () => {
    let now = 0;
    const window = createInFlightWindow(() => now, 16);
    for (const id of ['here', 'there', 'lost']) window.offer(id, job(id, 'app'));
    window.fetched('here');
    expect(window.elsewhere()).toEqual(['there', 'lost']);
    window.forget(['here', 'there']);
    expect(window.inFlight()).toEqual(['here', 'lost']);
    now = 60_000;
    expect(window.offer('lost', job('lost', 'app'))).toBe(true);
    expect(window.inFlight()).toEqual(['here', 'lost']);
    window.ended('here');
    window.ended('here');
    expect(window.room()).toBe(15);
  });
});
