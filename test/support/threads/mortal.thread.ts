import { parentPort, threadId } from 'node:worker_threads';
import type { Said, Told } from './obedient.thread.ts';

// Answers, and dies soon after.
parentPort?.on('message', ({ value, before }: Told) => {
  const said: Said = { value, before, threadId };
  parentPort?.postMessage(said);
  setTimeout(() => process.exit(0), 10);
});
parentPort?.postMessage('ready');
