import { type Transferable, Worker } from 'node:worker_threads';
import type { LossReason, Run } from './run.ts';

/** How a thread is made. */
export interface ThreadOptions {
  /** The module it runs. It posts one message when it is ready, and then one for each it is sent. */
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

/** One worker thread, which does one task at a time. */
export interface Thread<Reply> {
  /** False once it has ended or is being ended; it never comes back. */
  isAlive(): boolean;
  /** Never rejects, except for a message that cannot be sent. Time counts from when the thread has started. */
  run(sent: TransferableMessage, deadlineMs: number): Promise<Run<Reply>>;
  end(): Promise<void>;
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
  let loss: { why: LossReason; cause?: Error } | undefined;
  let task: { settle: (run: Run<Reply>) => void; deadlineMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function settle(run: Run<Reply>): void {
    clearTimeout(timer);
    worker.unref();
    task?.settle(run);
    task = undefined;
  }
  function giveUp(why: LossReason, cause?: Error): void {
    loss ??= { why, ...(cause && { cause }) };
    settle({ kind: 'lost', ...loss });
    void worker.terminate();
  }
  function startTimer(): void {
    clearTimeout(timer);
    if (task === undefined) return;
    timer = isReady
      ? setTimeout(() => giveUp('deadline'), task.deadlineMs)
      : setTimeout(() => giveUp('crash', new Error(`the thread did not start within ${START_MS} ms`)), START_MS);
  }

  worker.on('message', (message: Reply) => {
    if (loss !== undefined) return;
    if (isReady) return settle({ kind: 'answered', reply: message });
    isReady = true;
    startTimer();
  });
  worker.on('messageerror', (error) => giveUp('crash', error));
  worker.on('error', (error) => giveUp(isOutOfMemory(error) ? 'memory' : 'crash', toError(error)));
  worker.on('exit', (code) => giveUp('crash', new Error(`the thread ended with exit code ${code}`)));

  return {
    isAlive: () => loss === undefined,
    run({ message, transfer }, deadlineMs) {
      if (loss !== undefined) return Promise.resolve({ kind: 'lost', ...loss });
      if (task !== undefined) throw new TypeError('a thread does one task at a time');
      worker.postMessage(message, transfer);
      worker.ref();
      return new Promise((settleTask) => {
        task = { settle: settleTask, deadlineMs };
        startTimer();
      });
    },
    async end() {
      loss ??= { why: 'crash', cause: new Error('the thread was stopped') };
      settle({ kind: 'lost', ...loss });
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
