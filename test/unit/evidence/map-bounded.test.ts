import { expect, it } from 'vitest';
import { mapBounded } from '../../../src/evidence/map-bounded.ts';

const turn = () => new Promise(setImmediate);

it('keeps the order of the inputs, whatever ends first', async () => {
  const results = await mapBounded([3, 1, 2], 3, async (turns) => {
    for (let n = 0; n < turns; n++) await turn();
    return turns;
  });
  expect(results).toEqual([3, 1, 2]);
});

it('never runs more than the given number at a time', async () => {
  let running = 0;
  let most = 0;
  await mapBounded(Array.from({ length: 20 }), 4, async () => {
    most = Math.max(most, ++running);
    await turn();
    running--;
  });
  expect(most).toBe(4);
});

it('starts nothing more after a failure, and fails with it', async () => {
  const started: number[] = [];
  const failure = new Error('no');
  const run = mapBounded([0, 1, 2, 3, 4, 5], 2, async (input) => {
    started.push(input);
    await turn();
    if (input === 1) throw failure;
  });
  await expect(run).rejects.toBe(failure);
  await turn();
  expect(started.length).toBeLessThan(6);
});

it('has nothing to do for no inputs', async () => {
  expect(await mapBounded([], 8, () => Promise.reject(new Error('never')))).toEqual([]);
});
