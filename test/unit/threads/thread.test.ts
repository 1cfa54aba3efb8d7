import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { startThread, type Thread, type TransferableMessage } from '../../../src/threads/thread.ts';
import { type Order, type Said, WORK_MS } from '../../support/threads/obedient.thread.ts';

const ENTRY = new URL('../../support/threads/obedient.thread.ts', import.meta.url);
const DEADLINE_MS = 60_000;

let thread: Thread<Said>;

function start(): Thread<Said> {
  thread = startThread<Said>({ entry: ENTRY, heapMb: 32 });
  return thread;
}

afterEach(() => thread.end());

function told(order: Order, value = ''): TransferableMessage {
  return { message: { order, value, before: 0 }, transfer: [] };
}

test('a thread holds one task beside the one it does, answers both in their order, and takes no third', async () => {
  const { run, count } = start();
  const both = [run(told('work', 'a'), DEADLINE_MS), run(told('answer', 'b'), DEADLINE_MS)];
  expect(count()).toBe(2);
  expect(() => run(told('answer'), DEADLINE_MS)).toThrow('holds one task');
  const ended: unknown[] = [];
  for (const one of both) void one.then((said) => ended.push(said));
  await Promise.all(both);
  expect(ended).toMatchObject([{ reply: { value: 'a', begun: 1 } }, { reply: { value: 'b', begun: 2 } }]);
  expect(count()).toBe(0);
});

test('the time of a task that a thread holds begins when the one before it is done', async () => {
  const { run } = start();
  expect(await run(told('answer'), DEADLINE_MS)).toMatchObject({ kind: 'answered' });
  const working = run(told('work'), DEADLINE_MS);
  const held = run(told('answer', 'held'), WORK_MS / 2);
  expect(await working).toMatchObject({ kind: 'answered' });
  expect(await held).toMatchObject({ kind: 'answered', reply: { value: 'held' } });
});

test('L8: a task that a thread holds is not begun when the one before it ends the thread, or takes too long', async () => {
  for (const [order, why] of [
    ['throw', 'crash'],
    ['hang', 'deadline'],
  ] as const) {
    const { run, isAlive } = start();
    const both = [run(told(order), WORK_MS), run(told('answer'), DEADLINE_MS)];
    expect(await Promise.all(both)).toMatchObject([{ kind: 'lost', why }, { kind: 'unbegun' }]);
    expect(isAlive()).toBe(false);
  }
});

test('L8: a task that ends the thread as soon as it is begun is the one that is lost, and not the one before it', async () => {
  for (let times = 0; times < 12; times += 1) {
    const { run } = start();
    const both = [run(told('answer'), DEADLINE_MS), run(told('throw', 'second'), DEADLINE_MS)];
    expect(await Promise.all(both)).toMatchObject([
      { kind: 'answered' },
      { kind: 'lost', why: 'crash', cause: { message: 'told to throw second' } },
    ]);
  }
});

test('L8: an answer that a busy process has not read yet is no loss, and what was begun after it has its own time', async () => {
  const { run } = start();
  expect(await run(told('answer'), DEADLINE_MS)).toMatchObject({ kind: 'answered' });
  // After this part of a turn of the event loop come timers, and only then messages.
  await nextTurn();
  const both = [run(told('answer', 'first'), WORK_MS / 2), run(told('work', 'second'), DEADLINE_MS)];
  for (const end = performance.now() + WORK_MS; performance.now() < end; );
  expect(await Promise.all(both)).toMatchObject([{ reply: { value: 'first' } }, { reply: { value: 'second' } }]);
});

test('what is taken back is not begun, and the next is', async () => {
  const { run, withdrawHeld } = start();
  const working = run(told('work'), DEADLINE_MS);
  const held = run(told('answer', 'held'), DEADLINE_MS);
  withdrawHeld();
  expect(await held).toEqual({ kind: 'unbegun' });
  const next = run(told('answer', 'next'), DEADLINE_MS);
  expect(await working).toMatchObject({ kind: 'answered' });
  expect(await next).toMatchObject({ reply: { value: 'next', seen: 3, begun: 2 } });
});

test('what has begun is not taken back', async () => {
  const { run, withdrawHeld } = start();
  const first = run(told('answer', 'first'), DEADLINE_MS);
  withdrawHeld();
  expect(await first).toMatchObject({ kind: 'answered', reply: { value: 'first' } });
});
