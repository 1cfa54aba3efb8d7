import { setTimeout as delay } from 'node:timers/promises';
import type { AnyWorker } from './start-workers.ts';

// What a job gets to wind up after its signal has fired, and the store to let go of our connections.
const WIND_UP_MS = 3_000;

/** Closes the workers: what runs may end, until `giveUp` fires; then it is told to, and soon after left behind. */
export async function stopWorkers(workers: readonly AnyWorker[], giveUp: AbortSignal): Promise<void> {
  const closed = Promise.all(workers.map((worker) => worker.close()));
  const settled = new AbortController();
  const outOfTime = windUp(workers, giveUp, settled.signal);
  try {
    // BullMQ's close has no limit of its own, and waits for ever for a store that is away.
    await Promise.race([closed, outOfTime]);
  } finally {
    settled.abort();
    closed.catch(() => undefined);
  }
}

async function windUp(workers: readonly AnyWorker[], giveUp: AbortSignal, settled: AbortSignal): Promise<void> {
  await fired(AbortSignal.any([giveUp, settled]));
  if (settled.aborted) return;
  for (const worker of workers) worker.cancelAllJobs('stopping');
  await delay(WIND_UP_MS, undefined, { signal: settled }).catch(() => undefined);
  if (settled.aborted) return;
  await Promise.race([Promise.allSettled(workers.map((worker) => worker.disconnect())), delay(WIND_UP_MS)]);
}

function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
