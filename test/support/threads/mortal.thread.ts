import { parentPort, threadId } from 'node:worker_threads';
import { answerTasks } from '../../../src/threads/task-message.ts';
import type { Said, Told } from './obedient.thread.ts';

// Answers, and dies soon after.
if (parentPort !== null) {
  answerTasks<Told, Said>(parentPort, {
    answer({ value, before }) {
      setTimeout(() => process.exit(0), 10);
      return { value, before, threadId, seen: 1, begun: 1 };
    },
  });
}
