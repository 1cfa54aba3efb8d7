import { afterEach, expect, test, vi } from 'vitest';
import { together } from '../../../../src/kit/io/together.ts';

afterEach(() => void vi.useRealTimers());

/** Work that is let go group by group. */
function held() {
  const groups: string[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const work = async (items: readonly string[]) => {
    groups.push([...items]);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return items.map((item) => item.toUpperCase());
  };
  const letGo = async (index: number) => {
    gates[index]?.resolve();
    await new Promise((done) => setImmediate(done));
  };
  return { groups, gates, work, letGo };
}

test('what is asked for while nothing is under way begins at once, and what comes meanwhile is done together', async () => {
  const { groups, work, letGo } = held();
  const ask = together(work, { most: 10, groups: 1, patienceMs: 0 });
  const [a, b, c] = [ask('a'), ask('b'), ask('c')];
  expect(groups).toEqual([['a']]);
  await letGo(0);
  expect(groups).toEqual([['a'], ['b', 'c']]);
  await letGo(1);
  expect(await Promise.all([a, b, c])).toEqual(['A', 'B', 'C']);
  const d = ask('d');
  expect(groups.at(-1)).toEqual(['d']);
  await letGo(2);
  expect(await d).toBe('D');
});

test('no group is larger than it may be', async () => {
  const { groups, work, letGo } = held();
  const ask = together(work, { most: 2, groups: 1, patienceMs: 0 });
  const all = ['a', 'b', 'c', 'd'].map(ask);
  for (const index of [0, 1, 2]) await letGo(index);
  await Promise.all(all);
  expect(groups).toEqual([['a'], ['b', 'c'], ['d']]);
});

test('what has waited for long enough begins beside it, in as many groups as may be', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { groups, work, letGo } = held();
  const ask = together(work, { most: 10, groups: 2, patienceMs: 10 });
  const all = ['a', 'b', 'c'].map(ask);
  vi.advanceTimersByTime(9);
  expect(groups).toEqual([['a']]);
  vi.advanceTimersByTime(1);
  expect(groups).toEqual([['a'], ['b', 'c']]);
  all.push(ask('d'));
  vi.advanceTimersByTime(1_000);
  expect(groups).toHaveLength(2);
  for (const index of [0, 1, 2]) await letGo(index);
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C', 'D']);
});

test('groups begin at a pace where one is given, and what comes after a rest begins at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { groups, work, letGo } = held();
  const ask = together(work, { most: 10, groups: 2, patienceMs: 10, everyMs: 20 });
  const all = ['a', 'b'].map(ask);
  await letGo(0);
  all.push(ask('c'));
  vi.advanceTimersByTime(19);
  expect(groups).toEqual([['a']]);
  vi.advanceTimersByTime(1);
  expect(groups).toEqual([['a'], ['b', 'c']]);
  await letGo(1);
  vi.advanceTimersByTime(20);
  all.push(ask('d'));
  expect(groups.at(-1)).toEqual(['d']);
  await letGo(2);
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C', 'D']);
});

test('at a pace, a group that takes long does not keep the next from its time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { groups, work, letGo } = held();
  const ask = together(work, { most: 10, groups: 2, patienceMs: 5, everyMs: 20 });
  const all = ['a', 'b', 'c'].map(ask);
  vi.advanceTimersByTime(19);
  expect(groups).toEqual([['a']]);
  vi.advanceTimersByTime(1);
  expect(groups).toEqual([['a'], ['b', 'c']]);
  for (const index of [0, 1]) await letGo(index);
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C']);
});

test('a group that fails fails for each of its own, and for no other', async () => {
  const { gates, work, letGo } = held();
  const ask = together(work, { most: 10, groups: 1, patienceMs: 0 });
  const first = ask('a');
  const others = Promise.allSettled([ask('b'), ask('c')]);
  await letGo(0);
  gates[1]?.reject(new Error('down'));
  expect(await first).toBe('A');
  expect((await others).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const last = ask('d');
  await letGo(2);
  expect(await last).toBe('D');
});

test('work that answers for other than it was asked is a defect', async () => {
  const ask = together(async () => [], { most: 10, groups: 1, patienceMs: 0 });
  await expect(ask('a')).rejects.toThrow('expected 1 results, got 0');
});
