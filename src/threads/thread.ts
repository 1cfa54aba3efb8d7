import { type Transferable, Worker } from 'node:worker_threads';
import type { LossReason, Run, Unbegun } from './run.ts';
import { createHold, type Hold, hasBegun, type TaskMessage, withdraw } from './task-message.ts';

/** How a thread is made. */
export interface ThreadOptions {
  /** The module it runs, which answers tasks (`answerTasks`). */
  readonly entry: URL;
  /**
   * MiB of JavaScript values it may hold; above that it is ended. A last resort: one value that alone takes another 16
   * MiB ends the whole process, so what may be that large is bounded elsewhere.
   */
  readonly heapMb: number;
}

/** A message and what of it moves to the thread instead of being copied. */
export interface TransferableMessage {
  readonly message: unknown;
  readonly transfer: readonly Transferable[];
}

/**
 * One worker thread. It does one task at a time, and may hold the next, so that it need not wait until somebody has read its
 * answer and has time to send another.
 */
export interface Thread<Reply> {
  /** False once it has ended or is being ended; it never comes back. */
  isAlive(): boolean;
  /** How many tasks it has: none, the one it does, or that and one more. */
  count(): number;
  /** Never rejects, but throws for a message that cannot be sent. Time counts from when the thread is at it. */
  run(sent: TransferableMessage, deadlineMs: number): Promise<Run<Reply> | Unbegun>;
  /** Takes the task back that it holds, unless it has begun. */
  withdrawHeld(): void;
  end(): Promise<void>;
}

interface Loss {
  readonly why: LossReason;
  readonly cause?: Error;
}

interface Task<Reply> {
  readonly settle: (run: Run<Reply> | Unbegun) => void;
  readonly deadlineMs: number;
  readonly hold: Hold | undefined;
}

/**
 * MiB for values that were just made. With V8's own choice (48) more of them can outlive a collection at once than
 * Node's allowance over the limit (16) has room for, which ends the process instead of the thread.
 */
const YOUNG_MB = 8;

/** Loading the code takes 0.15 s, from sources on a busy machine some seconds. */
const START_MS = 20_000;

/** Starts a thread. It keeps the process alive only while it has a task. */
export function startThread<Reply>({ entry, heapMb }: ThreadOptions): Thread<Reply> {
  const worker = new Worker(entry, {
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
    // Threads read hostile bytes, so they get nothing of the environment, which may hold secrets.
    env: {},
  });
  worker.unref();
  let isReady = false;
  let loss: Loss | undefined;
  /** What is ending it: its last answers may still be on their way. */
  let failure: Loss | undefined;
  /** The one it does, and the one it holds. */
  const tasks: Task<Reply>[] = [];
  let timer: NodeJS.Timeout | undefined;

  function settle(run: Run<Reply>): void {
    clearTimeout(timer);
    tasks.shift()?.settle(run);
    if (tasks.length === 0) worker.unref();
    else startTimer();
  }
  function giveUp(why: LossReason, cause?: Error): void {
    loss ??= { why, ...(cause && { cause }) };
    // First, so that it is back in its place when somebody looks for what comes next.
    withdrawHeld();
    settle({ kind: 'lost', ...loss });
    if (tasks.length > 0) settle({ kind: 'lost', ...loss });
    void worker.terminate();
  }
  function withdrawHeld(): void {
    const [, held] = tasks;
    if (held?.hold === undefined || !withdraw(held.hold)) return;
    tasks.pop();
    held.settle({ kind: 'unbegun' });
  }
  function overdue(): void {
    const [, held] = tasks;
    // A process that was busy sees its timers before the answer that lies there.
    if (held?.hold !== undefined && hasBegun(held.hold)) startTimer();
    else giveUp('deadline');
  }
  function startTimer(): void {
    clearTimeout(timer);
    const [task] = tasks;
    if (task === undefined) return;
    timer = isReady
      ? setTimeout(overdue, task.deadlineMs)
      : setTimeout(() => giveUp('crash', new Error(`the thread did not start within ${START_MS} ms`)), START_MS);
  }

  worker.on('message', (message: Reply) => {
    if (loss !== undefined) return;
    if (isReady) return settle({ kind: 'answered', reply: message });
    isReady = true;
    startTimer();
  });
  worker.on('messageerror', (error) => giveUp('crash', error));
  worker.on('error', (error) => {
    failure ??= { why: isOutOfMemory(error) ? 'memory' : 'crash', cause: toError(error) };
  });
  // Node tells of an error before the answers that were posted before it, and of the end after all of them.
  worker.on('exit', (code) => {
    const { why, cause } = failure ?? { why: 'crash', cause: new Error(`the thread ended with exit code ${code}`) };
    giveUp(why, cause);
  });

  return {
    isAlive: () => loss === undefined && failure === undefined,
    count: () => tasks.length,
    run({ message, transfer }, deadlineMs) {
      const ended = loss ?? failure;
      if (ended !== undefined) return Promise.resolve({ kind: 'lost', ...ended });
      if (tasks.length > 1) throw new TypeError('a thread holds one task at most');
      const hold = tasks.length > 0 ? createHold() : undefined;
      const sent: TaskMessage<unknown> = { task: message, ...(hold && { hold }) };
      worker.postMessage(sent, transfer);
      worker.ref();
      return new Promise((settleTask) => {
        tasks.push({ settle: settleTask, deadlineMs, hold });
        if (tasks.length === 1) startTimer();
      });
    },
    withdrawHeld,
    async end() {
      giveUp('crash', new Error('the thread was stopped'));
      await worker.terminate();
    },
  };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
