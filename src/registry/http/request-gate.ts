import { FaultError } from '../../kit/errors.ts';
import { createFairQueue, type Lane } from '../../kit/fair-queue.ts';

/** Lets through what a registry can bear: a bounded number of requests at once, none while it asks for a pause. */
export interface RequestGate {
  /**
   * Runs one request when its turn has come; repositories take turns, and none has more than half of what the registry
   * bears (P6). One that was sent away with "too many" goes before those that never tried, or it would be sent away again
   * each time the registry's patience ends.
   * @throws {FaultError} `REGISTRY_RATE_LIMITED` at once when the registry asked for a longer pause than is waited for.
   */
  pass<T>(run: () => Promise<T>, signal: AbortSignal, request?: GatedRequest): Promise<T>;
  /** The registry said "too many": nobody asks again for so long, and fewer at once after it. */
  pause(ms: number): void;
  /** A request went well: slowly, more are let through at once again. */
  recover(): void;
}

/** What the gate must know of a request. */
export interface GatedRequest {
  /** Absent for what is no repository's, such as asking for a token. */
  readonly repository?: string | undefined;
  readonly isRetry?: boolean;
}

export interface GateOptions {
  readonly host: string;
  readonly concurrency: number;
  /** Pauses up to this long are waited for. */
  readonly pauseMs: number;
}

/** Longer than any `Retry-After` that is meant seriously; one of a year would switch the registry off. */
const MAX_PAUSE_MS = 15 * 60_000;

interface Waiter {
  readonly start: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * Creates the gate of one registry, shared by all that talk to it. Concurrency is halved by each "too many" and grows
 * by one for as many good answers as it is wide: the rule by which TCP finds a rate nobody told it. Who waits out a
 * pause waits at the gate, so that not all come back at once.
 */
export function createRequestGate(options: GateOptions): RequestGate {
  const { host, concurrency, pauseMs } = options;
  const waiting = createFairQueue<Waiter>();
  let width = concurrency;
  let active = 0;
  let pausedUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  const pauseLeft = (): number => Math.max(0, pausedUntil - performance.now());

  function admit(): void {
    const left = pauseLeft();
    if (left > 0 && waiting.size > 0) {
      clearTimeout(timer);
      timer = setTimeout(admit, Math.ceil(left));
    }
    while (left === 0) {
      const next = waiting.take(Math.max(1, Math.floor(width)) - active);
      if (next === undefined) return;
      active++;
      next.start();
    }
  }

  function takeTurn(signal: AbortSignal, lane: Lane | undefined, isRetry: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      waiting.forget(waiter);
      reject(signal.reason);
    };
    // At once, not a microtask later: who has left the queue must not be looked for in it.
    const stopListening = (): void => signal.removeEventListener('abort', giveUp);
    const waiter: Waiter = {
      start() {
        stopListening();
        resolve();
      },
      refuse(reason) {
        stopListening();
        reject(reason);
      },
    };
    signal.addEventListener('abort', giveUp, { once: true });
    waiting.wait(waiter, lane, isRetry);
    admit();
    return promise;
  }

  return {
    async pass(run, signal, { repository, isRetry = false } = {}) {
      signal.throwIfAborted();
      if (pauseLeft() > pauseMs) throw limited(host, pauseLeft());
      // All of it is one registry's: only repositories have shares here.
      const lane = repository === undefined ? undefined : { registry: repository, repository };
      await takeTurn(signal, lane, isRetry);
      try {
        return await run();
      } finally {
        active--;
        waiting.leave(lane);
        admit();
      }
    },
    pause(ms) {
      // Jitter, so that several daemons do not come back in the same millisecond.
      const length = Math.min(ms, MAX_PAUSE_MS) * (1 + Math.random() / 4);
      pausedUntil = Math.max(pausedUntil, performance.now() + length);
      width = Math.max(1, width / 2);
      const left = pauseLeft();
      if (left > pauseMs) for (const waiter of waiting.clear()) waiter.refuse(limited(host, left));
      admit();
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
