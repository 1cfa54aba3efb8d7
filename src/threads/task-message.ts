import type { MessagePort } from 'node:worker_threads';

/** What a thread is sent: a task; with one that it may have to hold, what says whether it is still to begin it. */
export interface TaskMessage<Task> {
  readonly task: Task;
  readonly hold?: Hold;
}

/** Memory that both sides share: whoever changes it first decides whether a task is begun or taken back. */
export type Hold = Int32Array<SharedArrayBuffer>;

const UNDECIDED = 0;
const BEGUN = 1;
const WITHDRAWN = 2;

/** Makes one for a task that is sent now. */
export function createHold(): Hold {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Takes the task back; false if it has begun. */
export function withdraw(hold: Hold): boolean {
  return Atomics.compareExchange(hold, 0, UNDECIDED, WITHDRAWN) === UNDECIDED;
}

/** Whether the thread has begun it: then it has answered what came before. */
export function hasBegun(hold: Hold): boolean {
  return Atomics.load(hold, 0) === BEGUN;
}

function begin(hold: Hold): boolean {
  return Atomics.compareExchange(hold, 0, UNDECIDED, BEGUN) === UNDECIDED;
}

/** What a thread does with its tasks. Whatever is thrown ends it. */
export interface TaskHandler<Task, Reply> {
  /** Reads what comes with a task, also with one that was taken back: who sent it counts on that. */
  remember?(task: Task): void;
  answer(task: Task): Reply | Promise<Reply>;
}

/**
 * The thread's side: says that it is ready, and answers tasks one after the other, in the order they came; none that was
 * taken back.
 */
export function answerTasks<Task, Reply>(port: MessagePort, { remember, answer }: TaskHandler<Task, Reply>): void {
  let last = Promise.resolve();
  port.on('message', ({ task, hold }: TaskMessage<Task>) => {
    last = last.then(async () => {
      remember?.(task);
      if (hold === undefined || begin(hold)) port.postMessage(await answer(task));
    });
  });
  port.postMessage('ready');
}
