import { expect, it } from 'vitest';
import { pauseAfter } from '../../../src/compose/sweeper-pace.ts';

const LED = { isLeader: true, isDone: true, isMore: true, tookMs: 10 };
const EVERY_MS = 2_000;

it('a round is followed by the next soon while more is on record, and sooner where there is room for it', () => {
  expect(pauseAfter(LED, EVERY_MS)).toEqual({ ms: 250, whereRoomMs: 50 });
  expect(pauseAfter({ ...LED, isMore: false }, EVERY_MS)).toEqual({ ms: 2_000, whereRoomMs: 50 });
});

it('rounds take a fifth of the time at most', () => {
  for (const isMore of [true, false]) {
    expect(pauseAfter({ ...LED, isMore, tookMs: 100 }, EVERY_MS)).toMatchObject({ whereRoomMs: 400 });
  }
  expect(pauseAfter({ ...LED, tookMs: 100 }, EVERY_MS)).toMatchObject({ ms: 400 });
  expect(pauseAfter({ ...LED, tookMs: 0 }, EVERY_MS)).toEqual({ ms: 250, whereRoomMs: 50 });
});

it('never later than where nothing is left', () => {
  expect(pauseAfter({ ...LED, tookMs: 60_000 }, EVERY_MS)).toEqual({ ms: 2_000, whereRoomMs: 2_000 });
});

it('a round that failed is followed by the next at the usual pace, whatever ends', () => {
  expect(pauseAfter({ ...LED, isDone: false }, EVERY_MS)).toEqual({ ms: 2_000, whereRoomMs: 2_000 });
});

it('who does not lead looks once a second, whatever ends', () => {
  expect(pauseAfter({ ...LED, isLeader: false, isMore: false }, EVERY_MS)).toEqual({ ms: 1_000, whereRoomMs: 1_000 });
});
