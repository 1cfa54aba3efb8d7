import { setTimeout as delay } from 'node:timers/promises';

/** Waits so many milliseconds; an abort ends it with the signal's own reason. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
