import { expect, it } from 'vitest';
import { stopWorkers } from '../../../src/queue/stop-workers.ts';

it('stopping lets the store be told of a job that has ended, and does not spin until it was', async () => {
  const inFlight = new Set([Promise.resolve()]);
  const told = new Promise<void>((done) => {
    // What comes from a socket comes in a later turn of the loop.
    setTimeout(() => {
      inFlight.clear();
      done();
    }, 20);
  });
  const worker = { close: () => told, cancelAllJobs: () => undefined, disconnect: async () => undefined };
  await stopWorkers({ workers: [worker], inFlight }, new AbortController().signal);
  expect(inFlight.size).toBe(0);
});
