import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { Run } from '../../../src/threads/run.ts';
import { createThreadPool, type PoolOptions, type ThreadPool } from '../../../src/threads/thread-pool.ts';
import type { Order, Said, Told } from '../../support/threads/obedient.thread.ts';
import { waitFor } from '../../support/wait-for.ts';

type Task = readonly [order: Order, value?: string];
interface Memory {
  tasks: number;
}

const ENTRY = new URL('../../support/threads/obedient.thread.ts', import.meta.url);
/** For tasks that hang, which wait for it; the others never come near theirs, however busy the machine. */
const HANG_MS = 500;
const DEADLINE_MS = 60_000;

const APP = { registry: 'registry.test', repository: 'app' };

let pool: ThreadPool<Task, Said>;

function open(over: Partial<PoolOptions<Task, Memory>> = {}): ThreadPool<Task, Said> {
  pool = createThreadPool<Task, Said, Memory>({
    entry: ENTRY,
    size: 2,
    growAfterMs: 0,
    heapMb: 32,
    maxWaiting: 100,
    idleMs: 60_000,
    remember: () => ({ tasks: 0 }),
    write([order, value = ''], memory) {
      const message: Told = { order, value, before: memory.tasks++ };
      return { message, transfer: [] };
    },
    ...over,
  });
  return pool;
}

const run = (order: Order, value?: string, signal?: AbortSignal, repository = 'app'): Promise<Run<Said>> =>
  pool.run(value === undefined ? [order] : [order, value], {
    deadlineMs: order === 'hang' ? HANG_MS : DEADLINE_MS,
    lane: { registry: 'registry.test', repository },
    ...(signal && { signal }),
  });

async function answer(value = 'x'): Promise<Said> {
  const done = await run('answer', value);
  if (done.kind === 'lost') throw new Error(`expected an answer, lost the thread: ${done.why}`, { cause: done.cause });
  return done.reply;
}

afterEach(() => pool.stop());

describe('a pool of threads', () => {
  it('does tasks in the order they came, each in one thread', async () => {
    open({ size: 1 });
    const said = await Promise.all(['a', 'b', 'c'].map(answer));
    expect(said.map(({ value, before }) => [value, before])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
    expect(new Set(said.map(({ threadId }) => threadId)).size).toBe(1);
  });

  it('starts as many threads as there are tasks at once, and never more than its size', async () => {
    open({ size: 3 });
    const said = await Promise.all(Array.from({ length: 30 }, (_, n) => answer(String(n))));
    expect(said.map(({ value }) => Number(value))).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(new Set(said.map(({ threadId }) => threadId)).size).toBeLessThanOrEqual(3);
    const { threadId } = await answer();
    expect((await answer()).threadId).toBe(threadId);
  });

  it('starts another thread only when a task has waited for one of those there are', async () => {
    open({ size: 3, growAfterMs: DEADLINE_MS });
    const patient = await Promise.all(Array.from({ length: 30 }, (_, n) => answer(String(n))));
    expect(new Set(patient.map(({ threadId }) => threadId)).size).toBe(1);
    await pool.stop();
    open({ size: 3, growAfterMs: HANG_MS / 10 });
    const hanging = Promise.allSettled(
      ['hang', 'hang'].map((order) => pool.run([order as Order], { deadlineMs: DEADLINE_MS })),
    );
    expect((await answer()).value).toBe('x');
    await pool.stop();
    expect((await hanging).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('tells what a thread was told before to that thread only', async () => {
    open({ size: 1 });
    expect([(await answer()).before, (await answer()).before]).toEqual([0, 1]);
    await run('throw');
    expect((await answer()).before).toBe(0);
  });

  it.each([
    ['hang', 'deadline', undefined],
    ['eat memory', 'memory', 'memory'],
    ['throw', 'crash', 'told to throw'],
    ['exit', 'crash', 'exit code 3'],
  ] as const)('L8: loses only the task of a thread that is told to %s, and replaces it', async (order, why, words) => {
    open({ size: 1 });
    const { threadId } = await answer();
    const [lost, next] = await Promise.all([run(order, 'v'), answer('next')]);
    expect(lost).toMatchObject({ kind: 'lost', why });
    if (words !== undefined) expect(lost.kind === 'lost' && lost.cause?.message).toContain(words);
    expect(next).toMatchObject({ value: 'next', before: 0 });
    expect(next.threadId).not.toBe(threadId);
  });

  it('L8: loses only the task a thread is at, and not the one it holds beside it', async () => {
    open({ growAfterMs: DEADLINE_MS });
    const { threadId } = await answer();
    const [lost, next] = await Promise.all([run('throw', 'v'), answer('next')]);
    expect(lost).toMatchObject({ kind: 'lost', why: 'crash' });
    expect(next).toMatchObject({ value: 'next', before: 0, begun: 1 });
    expect(next.threadId).not.toBe(threadId);
  });

  it('L8: does not leave a task behind one that takes long', async () => {
    open({ growAfterMs: HANG_MS / 10 });
    const { threadId } = await answer();
    const hanging = pool.run(['hang'], {
      deadlineMs: DEADLINE_MS,
      lane: { registry: 'registry.test', repository: 'app' },
    });
    const next = await answer('next');
    expect(next).toMatchObject({ value: 'next', begun: 1 });
    expect(next.threadId).not.toBe(threadId);
    const ended = Promise.allSettled([hanging]);
    await pool.stop();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected']);
  });

  it('L8: goes on with nine tasks while a tenth hangs', async () => {
    open({ size: 2 });
    const hanging = run('hang');
    const said = await Promise.all(Array.from({ length: 9 }, (_, n) => answer(String(n))));
    expect(said).toHaveLength(9);
    expect(await hanging).toMatchObject({ kind: 'lost', why: 'deadline' });
  });

  it('says that it crashed when the module cannot be loaded', async () => {
    open({ entry: new URL('./no-such-module.ts', import.meta.url) });
    expect(await run('answer')).toMatchObject({ kind: 'lost', why: 'crash' });
  });

  it('notices that a thread died while it had nothing to do', async () => {
    open({ size: 1, entry: new URL('../../support/threads/mortal.thread.ts', import.meta.url) });
    const { threadId } = await answer();
    const other = await waitFor(
      async () => {
        const next = await run('answer');
        return next.kind === 'answered' && next.reply.threadId !== threadId && next.reply;
      },
      { what: 'another thread to answer' },
    );
    expect(other.before).toBe(0);
  });

  it('ends threads that have had nothing to do for a while', async () => {
    open({ size: 1, idleMs: 20 });
    const { threadId } = await answer();
    await waitFor(async () => (await answer()).threadId !== threadId, {
      what: 'a new thread after a rest',
      intervalMs: 60,
    });
  });

  it('P6: has a thread left for others however many tasks of one repository hang', async () => {
    open({ size: 2 });
    const hanging = Array.from({ length: 20 }, () => run('hang'));
    const other = await run('answer', 'other', undefined, 'quiet');
    expect(other).toMatchObject({ kind: 'answered', reply: { value: 'other' } });
    expect(await Promise.race([Promise.all(hanging), 'still waiting'])).toBe('still waiting');
    const ended = Promise.allSettled(hanging);
    await pool.stop();
    await ended;
  });

  it('P6: has one left where threads hold tasks, too', async () => {
    open({ growAfterMs: HANG_MS / 10 });
    await answer();
    const hanging = Array.from({ length: 20 }, () => pool.run(['hang'], { deadlineMs: DEADLINE_MS, lane: APP }));
    const other = await run('answer', 'other', undefined, 'quiet');
    expect(other).toMatchObject({ kind: 'answered', reply: { value: 'other' } });
    const ended = Promise.allSettled(hanging);
    await pool.stop();
    await ended;
  });

  it('gives a task to a thread that has none rather than to one that would hold it', async () => {
    open();
    const threads = async () => {
      const said = await Promise.all([run('work'), run('work')]);
      return new Set(said.map((one) => one.kind === 'answered' && one.reply.threadId)).size;
    };
    expect([await threads(), await threads()]).toEqual([2, 2]);
  });

  it('lets go of a task whose signal fires: one that waits is never begun', async () => {
    open({ size: 1 });
    const first = run('hang');
    const controller = new AbortController();
    const waiting = run('answer', 'never', controller.signal);
    const next = answer('next');
    controller.abort(new Error('not wanted any more'));
    await expect(waiting).rejects.toThrow('not wanted any more');
    expect(await first).toMatchObject({ kind: 'lost' });
    expect(await next).toMatchObject({ value: 'next', before: 0 });
    await expect(run('answer', 'late', controller.signal)).rejects.toThrow('not wanted any more');
  });

  it('never begins a task that a thread holds when its signal fires, and what came with it is known there', async () => {
    open({ growAfterMs: DEADLINE_MS });
    await answer();
    const working = run('work');
    const controller = new AbortController();
    const held = run('answer', 'never', controller.signal);
    controller.abort(new Error('not wanted any more'));
    await expect(held).rejects.toThrow('not wanted any more');
    expect(await working).toMatchObject({ kind: 'answered' });
    expect(await answer('next')).toMatchObject({ before: 3, seen: 4, begun: 3 });
  });

  it('lets go of a task that has begun, and has the thread back when it is done', async () => {
    open({ size: 1 });
    const controller = new AbortController();
    const begun = run('answer', 'begun', controller.signal);
    controller.abort(new Error('not wanted any more'));
    await expect(begun).rejects.toThrow('not wanted any more');
    expect(await answer()).toMatchObject({ before: 1 });
  });

  it('refuses a task when too many wait: VERIFIER_UNAVAILABLE', async () => {
    open({ size: 1, maxWaiting: 2 });
    const accepted = ['a', 'b', 'c'].map((value) => answer(value));
    await expect(run('answer')).rejects.toMatchObject({ code: 'VERIFIER_UNAVAILABLE', retryable: true });
    expect(await Promise.all(accepted)).toHaveLength(3);
    expect(await answer()).toMatchObject({ before: 3 });
  });

  it('goes on after a message that cannot be sent', async () => {
    open({ size: 1, write: () => ({ message: () => 'a function', transfer: [] }) });
    await expect(run('answer')).rejects.toThrow('could not be cloned');
    await expect(run('answer')).rejects.toThrow('could not be cloned');
  });

  it('lets a thread end what it is at when a message for it cannot be sent, and replaces it then', async () => {
    open({
      growAfterMs: DEADLINE_MS,
      write([order, value = ''], memory) {
        const message: Told = { order, value, before: memory.tasks++ };
        return { message: value === 'bad' ? () => message : message, transfer: [] };
      },
    });
    const { threadId } = await answer();
    const working = run('work', 'w');
    await expect(run('answer', 'bad')).rejects.toThrow('could not be cloned');
    expect(await working).toMatchObject({ kind: 'answered', reply: { value: 'w', threadId } });
    expect((await answer('next')).threadId).not.toBe(threadId);
  });

  it('stops with a thread that holds a task, and neither is begun anew', async () => {
    open({ growAfterMs: DEADLINE_MS });
    await answer();
    const ended = Promise.allSettled([run('hang'), run('answer')]);
    await pool.stop();
    const reasons = (await ended).map((one) => one.status === 'rejected' && one.reason);
    expect(reasons).toEqual(reasons.map(() => expect.objectContaining({ name: 'AbortError' })));
  });

  it('stops at once, with a thread that hangs and tasks that wait, and takes no more', async () => {
    open({ size: 1 });
    const ended = Promise.allSettled([run('hang'), run('answer'), run('answer')]);
    await pool.stop();
    const reasons = (await ended).map((one) => one.status === 'rejected' && one.reason);
    expect(reasons).toEqual(reasons.map(() => expect.objectContaining({ name: 'AbortError' })));
    await expect(run('answer')).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not keep a process alive that has forgotten it', async () => {
    open();
    const script = fileURLToPath(new URL('../../support/threads/forgetful-process.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 20_000 });
    expect(stdout).toBe('alive');
  });
});
