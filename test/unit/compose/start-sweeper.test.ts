import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Sweeper, startSweeper } from '../../../src/compose/start-sweeper.ts';
import { createLeftBehind } from '../../support/pipeline/left-behind.ts';

const KIND = 'judge-subject';

let sweeper: Sweeper | undefined;
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(async () => {
  await sweeper?.stop(AbortSignal.abort());
  vi.useRealTimers();
});

/** Starts the sweeper over what was left before. */
async function start(left = 0, { leads = true } = {}) {
  const world = createLeftBehind();
  world.leave(KIND, left);
  const context = { ...world.context, logger: pino({ level: 'silent' }) };
  sweeper = startSweeper(context, { everyMs: 2_000, walk: { isUnderWay: () => false }, leads: () => leads });
  const roundsAfter = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms);
    return world.rounds();
  };
  await roundsAfter(0);
  /** Jobs that come in by themselves. */
  const announce = async (count: number) => {
    for (const job of world.leave(KIND, count)) await world.queue.add(job).catch(() => undefined);
  };
  return { ...world, world, roundsAfter, announce };
}

describe('while more is left on record than a round hands out', () => {
  it('the next comes soon, and at once when half of what is in flight has ended', async () => {
    const { end, roundsAfter } = await start(3_000);
    expect(await roundsAfter(249)).toBe(1);
    expect(await roundsAfter(1)).toBe(2);
    // 400 are in flight.
    end(KIND, 199);
    expect(await roundsAfter(100)).toBe(2);
    end(KIND, 1);
    expect(await roundsAfter(1)).toBe(3);
  });

  it('rounds keep their distance, however fast jobs end', async () => {
    const { end, roundsAfter } = await start(10_000);
    const before = await roundsAfter(0);
    for (let ms = 0; ms < 1_000; ms += 1) {
      end(KIND);
      await roundsAfter(1);
    }
    expect((await roundsAfter(0)) - before).toBe(20);
  });

  it('one that hands out nothing is not followed at once by another', async () => {
    const { end, queue, roundsAfter, announce } = await start();
    // Half of all that may be in flight, which is all that one repository may have.
    await announce(512 + 3_000);
    await roundsAfter(2_000);
    const before = await roundsAfter(0);
    expect(queue.inFlight(KIND)).toHaveLength(512);
    expect((await roundsAfter(1_000)) - before).toBe(4);
    end(KIND);
    expect((await roundsAfter(50)) - before).toBe(5);
  });
});

describe('while the sweeper rests', () => {
  it('what is left on record then is handed out as soon as there is room', async () => {
    const { end, queue, roundsAfter, announce } = await start();
    await announce(600);
    expect(await roundsAfter(1_000)).toBe(1);
    end(KIND, 256);
    expect(await roundsAfter(0)).toBe(2);
    expect(queue.inFlight(KIND)).toHaveLength(600 - 256);
  });

  it('jobs that end wake nobody where nothing was left', async () => {
    const { end, roundsAfter, announce } = await start();
    await announce(100);
    end(KIND);
    expect(await roundsAfter(1_999)).toBe(1);
    expect(await roundsAfter(1)).toBe(2);
  });
});

describe('the usual pace is kept', () => {
  it('with a queue that is away, whatever comes and ends', async () => {
    const { world, queue, end, roundsAfter, announce } = await start(3_000);
    await roundsAfter(250);
    queue.isAway = true;
    await announce(50);
    end(KIND);
    await roundsAfter(250);
    const before = await roundsAfter(0);
    for (let n = 0; n < 100; n += 1) {
      await announce(10);
      await roundsAfter(100);
    }
    expect((await roundsAfter(0)) - before).toBe(5);
    world.queue.isAway = false;
    await roundsAfter(2_000);
    expect(queue.inFlight(KIND).length).toBeGreaterThan(0);
  });

  it('with a database that is out, while jobs end', async () => {
    const { world, end, roundsAfter } = await start(3_000);
    await roundsAfter(250);
    world.isOut = true;
    await roundsAfter(250);
    const before = await roundsAfter(0);
    for (let n = 0; n < 100; n += 1) {
      end(KIND, 4);
      await roundsAfter(100);
    }
    expect((await roundsAfter(0)) - before).toBe(5);
  });

  it('by a process that does not lead', async () => {
    const { announce, end, roundsAfter } = await start(0, { leads: false });
    await announce(600);
    end(KIND);
    // Its rounds ask only what has ended.
    expect(await roundsAfter(5_000)).toBe(0);
  });
});

it('a sweeper that has stopped is woken by nothing', async () => {
  const { announce, end, roundsAfter } = await start();
  await announce(600);
  await sweeper?.stop(AbortSignal.abort());
  end(KIND);
  expect(await roundsAfter(10_000)).toBe(1);
});
