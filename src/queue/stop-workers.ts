import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'bullmq';

/** What there is to stop: BullMQ's workers, and the jobs their handlers are at. */
export interface StoppableWorkers {
  readonly workers: readonly Pick<Worker, 'close' | 'cancelAllJobs' | 'disconnect'>[];
  readonly inFlight: ReadonlySet<Promise<void>>;
}

// What a job gets to wind up after its signal has fired.
const WIND_UP_MS = 3_000;
// What the store gets to hear that a job has ended and to let go of our connections.
const LET_GO_MS = 3_000;
// What it takes to drop connections; those BullMQ is re-establishing are not dropped at all.
const DROP_MS = 500;

/**
 * Closes the workers: what runs may end, until `giveUp` fires; then it is told to, and soon after left behind. BullMQ's
 * own close has no limit and waits for ever for a store that is away, so it is waited for only while jobs run.
 */
export async function stopWorkers({ workers, inFlight }: StoppableWorkers, giveUp: AbortSignal): Promise<void> {
  let isClosed = false;
  const closed = Promise.allSettled(workers.map((worker) => worker.close())).then(() => {
    isClosed = true;
  });
  do {
    await Promise.race([closed, allEnded(inFlight), fired(giveUp)]);
    if (giveUp.aborted) {
      for (const worker of workers) worker.cancelAllJobs('stopping');
      await atMost(WIND_UP_MS, closed, allEnded(inFlight));
    }
    await atMost(LET_GO_MS, closed);
    // A fetch that was under way when we began may have brought one more job.
  } while (!isClosed && inFlight.size > 0 && !giveUp.aborted);
  if (!isClosed) await atMost(DROP_MS, Promise.allSettled(workers.map((worker) => worker.disconnect())));
}

async function allEnded(inFlight: ReadonlySet<Promise<void>>): Promise<void> {
  while (inFlight.size > 0) {
    await Promise.allSettled(inFlight);
    // One that has ended may still be there for what comes after it, which must have its turn of the loop.
    await nextTurn();
  }
}

async function atMost(ms: number, ...work: readonly Promise<unknown>[]): Promise<void> {
  const cancel = new AbortController();
  const late = delay(ms, undefined, { signal: cancel.signal }).catch(() => undefined);
  await Promise.race([...work, late]);
  cancel.abort();
}

function fired(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener('abort', () => done(), { once: true }));
}
