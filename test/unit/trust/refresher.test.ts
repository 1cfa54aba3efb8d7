import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClockGuard } from '../../../src/trust/clock-guard.ts';
import type { EpochStore } from '../../../src/trust/epoch-store.ts';
import { createRefresher, type Refresher } from '../../../src/trust/refresher.ts';
import type { RootProvider } from '../../../src/trust/root-provider.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

interface Process {
  leads: boolean;
  /** How often it has asked the mirror. */
  asked: number;
  /** Whether the mirror answers it. */
  isAnswered: boolean;
  epoch: number;
}

/** The newest number on the record that all share. */
let newest: number;
const running: Refresher[] = [];

beforeEach(() => {
  newest = 1;
  vi.useFakeTimers();
  // In the middle of the jitter.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  for (const refresher of running.splice(0)) refresher.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const GUARD: ClockGuard = {
  observe: () => undefined,
  obstacle: () => undefined,
  confirmedTime: () => undefined,
  isConfirmed: () => true,
};

async function start(leads: boolean): Promise<Process> {
  const process: Process = { leads, asked: 0, isAnswered: true, epoch: 1 };
  const provider: RootProvider = {
    name: 'acme',
    refreshEveryMs: HOUR_MS,
    server: undefined,
    document: () => 'document',
    obstacle: () => undefined,
    concern: () => undefined,
    async refresh() {
      process.asked += 1;
      if (!process.isAnswered) throw new Error('the mirror is down');
    },
  };
  const epochs: EpochStore = {
    epoch: () => process.epoch,
    documents: () => new Map(),
    confirmedTime: () => undefined,
    adopt: async () => false,
    newest: async () => newest,
  };
  const parts = { providers: [provider], epochs, guard: GUARD, clock: () => new Date(), logger: undefined };
  const refresher = createRefresher({ ...parts, leads: () => process.leads });
  running.push(refresher);
  refresher.start(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  return process;
}

describe('of several processes on one record', () => {
  it('each asks when it starts, and then the one that leads asks for all', async () => {
    const [leader, ...others] = [await start(true), await start(false), await start(false)];
    await vi.advanceTimersByTimeAsync(5 * HOUR_MS + SECOND_MS);
    expect(leader?.asked).toBe(6);
    expect(others.map(({ asked }) => asked)).toEqual([1, 1]);
  });

  it('another asks once it leads', async () => {
    const [leader, other] = [await start(true), await start(false)];
    leader.leads = false;
    other.leads = true;
    await vi.advanceTimersByTimeAsync(HOUR_MS + SECOND_MS);
    expect([leader.asked, other.asked]).toEqual([1, 2]);
  });

  it('D7: each asks for itself every six hours, whoever leads', async () => {
    const follower = await start(false);
    await vi.advanceTimersByTimeAsync(6 * HOUR_MS + SECOND_MS);
    expect(follower.asked).toBe(2);
  });

  it('one that the mirror has not answered yet goes on asking', async () => {
    const follower = await start(false);
    follower.isAnswered = false;
    await vi.advanceTimersByTimeAsync(6 * HOUR_MS + SECOND_MS);
    expect(follower.asked).toBe(2);
    // A minute, two, four.
    await vi.advanceTimersByTimeAsync(7 * 60 * SECOND_MS);
    expect(follower.asked).toBe(5);
  });

  it('D7: what one has found is fetched by each itself, at once and once', async () => {
    const follower = await start(false);
    await vi.advanceTimersByTimeAsync(60 * SECOND_MS);
    newest = 2;
    await vi.advanceTimersByTimeAsync(10 * SECOND_MS);
    expect(follower.asked).toBe(2);
    await vi.advanceTimersByTimeAsync(10 * 60 * SECOND_MS);
    expect(follower.asked).toBe(2);
  });

  it('one that the mirror does not answer then asks again each minute until it does', async () => {
    const follower = await start(false);
    await vi.advanceTimersByTimeAsync(60 * SECOND_MS);
    follower.isAnswered = false;
    newest = 2;
    await vi.advanceTimersByTimeAsync(3 * 60 * SECOND_MS);
    expect(follower.asked).toBe(4);
    follower.isAnswered = true;
    follower.epoch = 2;
    await vi.advanceTimersByTimeAsync(10 * 60 * SECOND_MS);
    expect(follower.asked).toBe(4);
  });

  it('one that found nothing newer, for a copy of the mirror that is not renewed yet, asks hourly until it does', async () => {
    const follower = await start(false);
    newest = 2;
    await vi.advanceTimersByTimeAsync(3 * HOUR_MS + 30 * SECOND_MS);
    // At the start, at the news, and each hour.
    expect(follower.asked).toBe(5);
    follower.epoch = 2;
    await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
    expect(follower.asked).toBe(5);
  });

  it('D7: a record that counts up all the time makes none ask more than once a minute', async () => {
    const follower = await start(false);
    for (let round = 0; round < 60; round += 1) {
      newest += 1;
      await vi.advanceTimersByTimeAsync(10 * SECOND_MS);
    }
    expect(follower.asked).toBeGreaterThan(1);
    expect(follower.asked).toBeLessThanOrEqual(11);
  });
});
