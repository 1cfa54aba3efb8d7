import { describe, expect, it } from 'vitest';
import { eachBounded } from '../../../src/kit/each-bounded.ts';

describe('running a task for everything that comes', () => {
  it('runs as many at a time as there is room for, and takes the next only then', async () => {
    const taken: number[] = [];
    const gates = new Map<number, () => void>();
    function* numbers(): Generator<number> {
      for (const number of [1, 2, 3, 4]) {
        taken.push(number);
        yield number;
      }
    }
    const all = eachBounded(numbers(), 2, async (number) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gates.set(number, resolve);
      await promise;
    });
    await settled();
    expect(taken).toEqual([1, 2]);
    gates.get(2)?.();
    await settled();
    expect(taken).toEqual([1, 2, 3]);
    for (const number of [1, 3]) gates.get(number)?.();
    await settled();
    gates.get(4)?.();
    await all;
    expect(taken).toEqual([1, 2, 3, 4]);
  });

  it('starts none after a failure, waits for those under way, and fails with the first', async () => {
    const started: number[] = [];
    let ended = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const all = eachBounded([1, 2, 3, 4], 2, async (number) => {
      started.push(number);
      if (number === 1) throw new Error('the first');
      await promise;
      ended = true;
    });
    await settled();
    resolve();
    await expect(all).rejects.toThrow('the first');
    expect({ started, ended }).toEqual({ started: [1, 2], ended: true });
  });

  it('fails as what brings the inputs does', async () => {
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw new Error('the list broke off');
    }
    await expect(eachBounded(broken(), 3, async () => undefined)).rejects.toThrow('the list broke off');
  });

  it('runs nothing where nothing comes', async () => {
    await eachBounded([], 3, () => expect.unreachable());
  });
});

async function settled(): Promise<void> {
  await new Promise((done) => setImmediate(done));
}
