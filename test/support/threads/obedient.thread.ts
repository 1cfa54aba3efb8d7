import { parentPort, threadId } from 'node:worker_threads';
import { answerTasks } from '../../../src/threads/task-message.ts';

/** What the thread is told to do. */
export type Order = 'answer' | 'work' | 'hang' | 'throw' | 'exit' | 'eat memory';

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
  /** Tasks that came to this thread, and those of them that it began. */
  readonly seen: number;
  readonly begun: number;
}

/** How long a thread works that is told to, in ms. */
export const WORK_MS = 600;

let seen = 0;
let begun = 0;

// Does as it is told, as no thread of ours ever should.
function answer({ order, value, before }: Told): Said {
  begun += 1;
  if (order === 'work') for (const end = performance.now() + WORK_MS; performance.now() < end; );
  if (order === 'hang') for (;;);
  if (order === 'throw') throw new Error(`told to throw ${value}`);
  if (order === 'exit') process.exit(3);
  if (order === 'eat memory') for (const eaten: string[][] = []; ; ) eaten.push(Array(1_000).fill(value));
  return { value, before, threadId, seen, begun };
}

if (parentPort !== null) {
  answerTasks(parentPort, {
    answer,
    remember() {
      seen += 1;
    },
  });
}
