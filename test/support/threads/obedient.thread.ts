import { parentPort, threadId } from 'node:worker_threads';

/** What the thread is told to do. */
export type Order = 'answer' | 'hang' | 'throw' | 'exit' | 'eat memory';

export interface Told {
  readonly order: Order;
  readonly value: string;
  /** How many tasks this thread had been given before, by what the pool remembers of it. */
  readonly before: number;
}

export interface Said {
  readonly value: string;
  readonly before: number;
  readonly threadId: number;
}

// Does as it is told, as no thread of ours ever should.
parentPort?.on('message', ({ order, value, before }: Told) => {
  const said: Said = { value, before, threadId };
  if (order === 'hang') for (;;);
  if (order === 'throw') throw new Error(`told to throw ${value}`);
  if (order === 'exit') process.exit(3);
  if (order === 'eat memory') for (const eaten: string[][] = []; ; ) eaten.push(Array(1_000).fill(value));
  parentPort?.postMessage(said);
});
parentPort?.postMessage('ready');
