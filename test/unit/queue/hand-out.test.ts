import { describe, expect, it } from 'vitest';
import { createHandOut } from '../../../src/queue/hand-out.ts';

const job = (about: string, repository: string) => ({ about, lane: { registry: 'prod', repository } });

describe('what goes into the queue', () => {
  it('P6: is never all of one repository’s, however much of it waits', () => {
    const handOut = createHandOut(() => 0, 16);
    const busy = Array.from({ length: 10_000 }, (_, n) => handOut.offer(`b${n}`, job(`b${n}`, 'busy')));
    expect(busy.filter(Boolean)).toHaveLength(8);
    expect(handOut.offer('q', job('q', 'quiet'))).toBe(true);
    expect(handOut.room()).toBe(7);
  });

  it('makes room as its jobs end, and says whether something was left on record', () => {
    const handOut = createHandOut(() => 0, 2);
    // What a process before this one has left is not known.
    expect(handOut.takeBehind()).toBe(true);
    expect(handOut.offer('a', job('a', 'busy'))).toBe(true);
    expect(handOut.isBehind()).toBe(false);
    expect(handOut.offer('b', job('b', 'busy'))).toBe(false);
    expect(handOut.takeBehind()).toBe(true);
    expect(handOut.takeBehind()).toBe(false);
    handOut.ended('a');
    expect(handOut.offer('b', job('b', 'busy'))).toBe(true);
    expect(handOut.inHand()).toEqual(['b']);
  });

  it('is no second time in it', () => {
    const handOut = createHandOut(() => 0, 16);
    expect(handOut.offer('a', job('a', 'app'))).toBe(true);
    expect(handOut.offer('a', job('a', 'app'))).toBe(false);
    expect(handOut.room()).toBe(15);
  });

  it('is forgotten when another process has ended it, or when nobody fetches it', () => {
    let now = 0;
    const handOut = createHandOut(() => now, 16);
    for (const id of ['here', 'there', 'lost']) handOut.offer(id, job(id, 'app'));
    handOut.fetched('here');
    expect(handOut.elsewhere()).toEqual(['there', 'lost']);
    handOut.forget(['here', 'there']);
    expect(handOut.inHand()).toEqual(['here', 'lost']);
    now = 60_000;
    expect(handOut.offer('lost', job('lost', 'app'))).toBe(true);
    expect(handOut.inHand()).toEqual(['here', 'lost']);
    handOut.ended('here');
    handOut.ended('here');
    expect(handOut.room()).toBe(15);
  });
});
