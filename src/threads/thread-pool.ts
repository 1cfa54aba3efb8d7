import { FaultError } from '../kit/errors.ts';
import { createFairQueue, type Lane } from '../kit/fair-queue.ts';
import type { Run, Unbegun } from './run.ts';
import { startThread, type Thread, type ThreadOptions, type TransferableMessage } from './thread.ts';

/** How many threads there are, and what they are told. */
export interface PoolOptions<Task, Memory> extends ThreadOptions {
  /** Threads at most for what is of one lane; of all together twice as many. */
  readonly size: number;
  /** How long a task waits for one of those there are, in ms, before another is started. */
  readonly growAfterMs: number;
  /** Tasks that may wait for a thread. */
  readonly maxWaiting: number;
  /** After how long without a task a thread ends, which gives its memory back. */
  readonly idleMs: number;
  /** What a new thread knows; it is handed to `write` with each task, which notes there what the thread then knows. */
  readonly remember: () => Memory;
  readonly write: (task: Task, memory: Memory) => TransferableMessage;
}

export interface TaskOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** Whose task it is; those of one lane never have all threads. */
  readonly lane?: Lane;
}

/** Threads that do tasks: lanes in turn, each in the order they came. A thread that is lost is replaced, and takes only its task along. */
export interface ThreadPool<Task, Reply> {
  /**
   * @throws {FaultError} `VERIFIER_UNAVAILABLE` when too many tasks wait.
   * @throws {DOMException} `AbortError` once the pool has been stopped.
   * @throws the signal's reason when it fires first; a task that has begun is then brought to its end all the same.
   */
  run(task: Task, options: TaskOptions): Promise<Run<Reply>>;
  /** Ends all threads at once. */
  stop(): Promise<void>;
}

/**
 * How long a task is held behind another, in ms, until it is given to whoever is free: longer than ordinary images take,
 * and far shorter than a harmful one may.
 */
const HELD_MS = 100;

interface Member<Task, Reply, Memory> {
  readonly thread: Thread<Reply>;
  readonly memory: Memory;
  idle?: NodeJS.Timeout;
  /** The task that it holds beside the one it does. */
  held?: { readonly one: Waiting<Task, Reply>; readonly patience: NodeJS.Timeout };
  /** Whether it may hold one: it has answered before, and what it does has not kept another waiting for too long. */
  mayHold: boolean;
  /** Nobody knows which policies and roots it has. */
  isSpent?: boolean;
}

interface Waiting<Task, Reply> {
  readonly task: Task;
  readonly deadlineMs: number;
  readonly lane: Lane | undefined;
  /** By the clock of `performance.now()`. */
  readonly since: number;
  readonly resolve: (run: Run<Reply>) => void;
  readonly reject: (reason: unknown) => void;
  /** Nobody waits for it any more. */
  isOver: boolean;
}

/** Prepares a pool; threads start with the first tasks. */
export function createThreadPool<Task, Reply, Memory>(options: PoolOptions<Task, Memory>): ThreadPool<Task, Reply> {
  const waiting = createFairQueue<Waiting<Task, Reply>>();
  const most = 2 * options.size;
  const members = new Set<Member<Task, Reply, Memory>>();
  const free: Member<Task, Reply, Memory>[] = [];
  let isStopped = false;
  let growth: NodeJS.Timeout | undefined;

  /**
   * Takes the thread that was used last, because its code is compiled; the others may end when they are idle for long.
   */
  function takeFree(): Member<Task, Reply, Memory> | undefined {
    const member = free.pop();
    clearTimeout(member?.idle);
    if (member === undefined || member.thread.isAlive()) return member;
    members.delete(member);
    return takeFree();
  }
  /** One thread can do much: another takes memory, and its code must be compiled first. */
  function addMember(since: number): Member<Task, Reply, Memory> | undefined {
    if (members.size >= most) return undefined;
    const leftMs = since + options.growAfterMs - performance.now();
    if (members.size > 0 && leftMs > 0) {
      clearTimeout(growth);
      growth = setTimeout(next, leftMs).unref();
      return undefined;
    }
    const member = { thread: startThread<Reply>(options), memory: options.remember(), mayHold: false };
    members.add(member);
    return member;
  }
  /** One that is at work, and may hold another task: by the time it is done somebody would have to be told of it first. */
  function findHolder(): Member<Task, Reply, Memory> | undefined {
    return [...members].find(({ thread, mayHold }) => mayHold && thread.isAlive() && thread.count() === 1);
  }
  function release(member: Member<Task, Reply, Memory>): void {
    if (member.thread.count() > 0) return;
    if (isStopped || member.isSpent || !member.thread.isAlive()) {
      members.delete(member);
      void member.thread.end();
      return;
    }
    free.push(member);
    member.idle = setTimeout(() => retire(member), options.idleMs).unref();
  }
  function retire(member: Member<Task, Reply, Memory>): void {
    free.splice(free.indexOf(member), 1);
    members.delete(member);
    void member.thread.end();
  }
  function next(): void {
    const unused = most - (members.size - free.length);
    const first = waiting.peek(unused);
    if (first === undefined) return;
    const member = takeFree() ?? addMember(first.since) ?? findHolder();
    if (member === undefined) return;
    waiting.take(unused);
    void give(first, member);
    next();
  }
  async function give(one: Waiting<Task, Reply>, member: Member<Task, Reply, Memory>): Promise<void> {
    const { thread } = member;
    try {
      const running = thread.run(options.write(one.task, member.memory), one.deadlineMs);
      if (thread.count() > 1) hold(one, member);
      settle(one, await running, member);
    } catch (error) {
      // Nobody knows now which policies and roots the thread has, so it is replaced; what it does is done first.
      member.isSpent = true;
      member.mayHold = false;
      one.reject(error);
    }
    waiting.leave(one.lane);
    release(member);
    next();
  }
  function settle(one: Waiting<Task, Reply>, run: Run<Reply> | Unbegun, member: Member<Task, Reply, Memory>): void {
    // Its own turn to be held is over, or that of the one behind it, which has begun.
    if (run.kind !== 'unbegun' || member.held?.one === one) letGo(member);
    if (run.kind === 'answered') member.mayHold = member.isSpent !== true;
    if (isStopped && run.kind !== 'answered') one.reject(stopped());
    else if (run.kind !== 'unbegun') one.resolve(run);
    else if (!one.isOver) waiting.wait(one, one.lane, true);
  }
  function hold(one: Waiting<Task, Reply>, member: Member<Task, Reply, Memory>): void {
    const patience = setTimeout(() => {
      member.mayHold = false;
      member.thread.withdrawHeld();
    }, HELD_MS);
    member.held = { one, patience: patience.unref() };
  }
  function letGo(member: Member<Task, Reply, Memory>): void {
    clearTimeout(member.held?.patience);
    delete member.held;
  }
  /** Takes it from whom it waits for: it is never begun then. */
  function forget(one: Waiting<Task, Reply>): void {
    one.isOver = true;
    if (waiting.forget(one)) return;
    for (const { held, thread } of members) if (held?.one === one) thread.withdrawHeld();
  }

  return {
    run(task, { deadlineMs, signal, lane }) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (isStopped) throw stopped();
        if (waiting.size >= options.maxWaiting) throw tooMany(waiting.size);
        const giveUp = (): void => {
          forget(one);
          reject(signal?.reason);
        };
        const one: Waiting<Task, Reply> = {
          task,
          deadlineMs,
          lane,
          since: performance.now(),
          isOver: false,
          reject,
          resolve(run) {
            signal?.removeEventListener('abort', giveUp);
            resolve(run);
          },
        };
        signal?.addEventListener('abort', giveUp, { once: true });
        waiting.wait(one, lane);
        next();
      });
    },
    async stop() {
      isStopped = true;
      clearTimeout(growth);
      for (const one of waiting.clear()) one.reject(stopped());
      for (const { idle } of members) clearTimeout(idle);
      await Promise.all([...members].map(({ thread }) => thread.end()));
    },
  };
}

// No fault: nothing is wrong with the image, and nothing must be recorded about it.
function stopped(): DOMException {
  return new DOMException('the threads have been stopped', 'AbortError');
}

function tooMany(count: number): FaultError {
  const hint = 'It is tried again. If it stays, lower `concurrency`, or give the daemon more cores.';
  return new FaultError('VERIFIER_UNAVAILABLE', `${count} other images wait to be checked`, { retryable: true, hint });
}
