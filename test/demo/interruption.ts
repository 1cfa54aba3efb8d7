/** Ctrl-C, or a signal that means the same. */
export class InterruptedError extends Error {}

/** Hears the signals that end the demo, and keeps what has to be stopped. */
export interface Interruption {
  /** Rejects with {@link InterruptedError} at the first signal. */
  readonly signal: Promise<never>;
  /** Waits for a part to start and takes it over: whatever comes, it will be stopped, after all that started later. */
  own<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T>;
  /** Gives the work up at the first signal. */
  until<T>(work: Promise<T>): Promise<T>;
  /** Stops everything that was taken over, the last first; one that fails does not keep the others from it. */
  stopAll(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function createInterruption(): Interruption {
  const stops: (() => Promise<void>)[] = [];
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  let heard = false;
  for (const name of SIGNALS) {
    process.on(name, () => {
      // A second one: what still runs ends with this process, by the kernel (see startChild and startDaemon).
      if (heard) process.exit(130);
      heard = true;
      reject(new InterruptedError(`interrupted by ${name}`));
    });
  }
  return {
    signal: promise,
    async own(starting) {
      const part = await starting;
      stops.push(() => part.stop());
      if (heard) await promise;
      return part;
    },
    until: (work) => Promise.race([work, promise]),
    async stopAll() {
      const faults: unknown[] = [];
      for (const stop of stops.splice(0).toReversed()) await stop().catch((error: unknown) => faults.push(error));
      if (faults.length > 0) throw new AggregateError(faults, 'not everything could be stopped');
    },
  };
}
