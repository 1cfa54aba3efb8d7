import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFairSemaphore } from '../../../../src/kit/fair-semaphore.ts';
import { createRightOfWay, LONGEST_MS } from '../../../../src/kit/io/right-of-way.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const SLOTS = 32;

/** Looks that never end by themselves, each in a repository of its own, and deliveries that wait until they are let go. */
function crossing() {
  const slots = createFairSemaphore(SLOTS);
  const rightOfWay = createRightOfWay();
  rightOfWay.standBack(slots, SLOTS);
  const leaves: (() => void)[] = [];
  const turn = () => new Promise((done) => setImmediate(done));
  let names = 0;
  return {
    leaves,
    rightOfWay,
    async ask(count: number) {
      for (let n = 0; n < count; n += 1) {
        names += 1;
        void slots.enter({ registry: `r${names}`, repository: 'x' }).then((leave) => leaves.push(leave));
      }
      await turn();
      return leaves.length;
    },
    async deliver(count: number) {
      const answers = Array.from({ length: count }, () => Promise.withResolvers<void>());
      const all = answers.map(({ promise }) => rightOfWay.goFirst(() => promise));
      return async () => {
        for (const { resolve } of answers) resolve();
        await Promise.all(all);
        await turn();
      };
    },
    async pass(ms: number) {
      vi.advanceTimersByTime(ms);
      await turn();
    },
  };
}

test('all slots are lent while nobody goes first', async () => {
  const { ask } = crossing();
  expect(await ask(40)).toBe(SLOTS);
});

test('the more go first, the fewer are lent', async () => {
  const lent = await Promise.all(
    [1, 2, 8, 200].map(async (deliveries) => {
      const { ask, deliver } = crossing();
      await deliver(deliveries);
      return ask(40);
    }),
  );
  expect(lent).toEqual([8, 4, 1, 0]);
});

test('what stood back begins a moment after the last that went first has ended', async () => {
  const { ask, deliver, leaves, pass } = crossing();
  const letGo = await deliver(16);
  expect(await ask(40)).toBe(0);
  await letGo();
  await pass(LONGEST_MS);
  expect(leaves).toHaveLength(SLOTS);
});

test('what goes first one after the other is not passed in between', async () => {
  const { ask, deliver, leaves, pass } = crossing();
  await ask(0);
  for (let turns = 1; turns <= 5; turns += 1) {
    const letGo = await deliver(16);
    await letGo();
    expect(await ask(8)).toBe(turns - 1);
    await deliver(16);
    await pass(LONGEST_MS);
    expect(leaves).toHaveLength(turns);
  }
});

test('what goes first and fails makes nothing wait', async () => {
  const { ask, rightOfWay, pass } = crossing();
  await expect(rightOfWay.goFirst(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  await pass(LONGEST_MS);
  expect(await ask(40)).toBe(SLOTS);
});

test('what goes first without end leaves a slot every moment, even where those that have one never end', async () => {
  const { ask, deliver, leaves, pass } = crossing();
  await deliver(16);
  await ask(40);
  for (let turns = 1; turns <= 10; turns += 1) {
    await pass(LONGEST_MS);
    expect(leaves).toHaveLength(turns);
  }
  await pass(100 * LONGEST_MS);
  expect(leaves).toHaveLength(SLOTS);
});

test('what was lent before comes back in its own time, and only then is fewer lent', async () => {
  const { ask, deliver, leaves } = crossing();
  await ask(10);
  await deliver(4);
  expect(await ask(10)).toBe(10);
  for (const leave of leaves.splice(0, 9)) leave();
  expect(await ask(0)).toBe(2);
});

test('no clock runs on when nobody has gone first for a moment', async () => {
  const { deliver, pass } = crossing();
  const letGo = await deliver(1);
  expect(vi.getTimerCount()).toBe(1);
  await letGo();
  await pass(LONGEST_MS);
  expect(vi.getTimerCount()).toBe(0);
});
