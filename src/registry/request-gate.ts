import { FaultError } from '../domain/errors.ts';
import { wait } from './wait.ts';

/** Lets through what a registry can bear: a bounded number of requests at once, none while it asks for a pause. */
export interface RequestGate {
  /**
   * Runs one request when its turn has come.
   * @throws {FaultError} `REGISTRY_RATE_LIMITED` at once when the registry asked for a longer pause than is waited for.
   */
  pass<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T>;
  /** The registry said "too many": nobody asks again for so long, and fewer at once after it. */
  pause(ms: number): void;
  /** A request went well: slowly, more are let through at once again. */
  recover(): void;
}

export interface GateOptions {
  readonly host: string;
  readonly concurrency: number;
  /** Pauses up to this long are waited for. */
  readonly pauseMs: number;
}

/** Longer than any `Retry-After` that is meant seriously; one of a year would switch the registry off. */
const MAX_PAUSE_MS = 15 * 60_000;

/**
 * Creates the gate of one registry, shared by all that talk to it. Concurrency is halved by each "too many" and grows
 * by one for as many good answers as it is wide: the rule by which TCP finds a rate nobody told it.
 */
export function createRequestGate(options: GateOptions): RequestGate {
  const { host, concurrency, pauseMs } = options;
  const waiting: (() => void)[] = [];
  let width = concurrency;
  let active = 0;
  let pausedUntil = 0;

  function admit(): void {
    while (active < Math.max(1, Math.floor(width))) {
      const next = waiting.shift();
      if (next === undefined) return;
      active++;
      next();
    }
  }

  async function takeTurn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(start);
      admit();
    });
  }

  async function waitOutPause(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = pausedUntil - performance.now();
      if (left <= 0) return;
      if (left > pauseMs) throw limited(host, left);
      await wait(left, signal);
    }
  }

  return {
    async pass(run, signal) {
      await takeTurn(signal);
      try {
        await waitOutPause(signal);
        return await run();
      } finally {
        active--;
        admit();
      }
    },
    pause(ms) {
      // Jitter, so that all who wait do not come back in the same millisecond.
      const length = Math.min(ms, MAX_PAUSE_MS) * (1 + Math.random() / 4);
      pausedUntil = Math.max(pausedUntil, performance.now() + length);
      width = Math.max(1, width / 2);
    },
    recover() {
      width = Math.min(concurrency, width + 1 / width);
    },
  };
}

function limited(host: string, retryAfterMs: number): FaultError {
  return new FaultError(
    'REGISTRY_RATE_LIMITED',
    `${host} asked for a pause of ${Math.ceil(retryAfterMs / 1000)} s (too many requests)`,
    { retryable: true, retryAfterMs: Math.ceil(retryAfterMs) },
  );
}
