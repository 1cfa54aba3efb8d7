import { FaultError } from '../../kit/errors.ts';
import { createFairQueue, type FairQueue, type Lane } from '../../kit/fair-queue.ts';
import { isTimeout } from '../../kit/is-timeout.ts';
import { createBackgroundPace } from './background-pace.ts';
import type { Quota } from './quota.ts';
import { createRateWindow } from './rate-window.ts';

/**
 * Lets through what a registry can bear: a bounded number of requests at once and a minute, none while it asks for a
 * pause, and what nobody waits for only when nothing else waits.
 */
export interface RequestGate {
  /**
   * Runs one request when its turn has come; repositories take turns, and none has more than half of what the registry
   * bears (P6). One that was sent away with "too many" goes before those that never tried, or it would be sent away again
   * each time the registry's patience ends.
   * @throws {FaultError} `REGISTRY_RATE_LIMITED` at once when the registry asked for a longer pause than is waited for,
   *   and when the caller's time ends while the requests of this minute are used up.
   */
  pass<T>(run: () => Promise<T>, signal: AbortSignal, request?: GatedRequest): Promise<T>;
  /** The registry said "too many": nobody asks again for so long, and fewer at once after it. */
  pause(ms: number): void;
  /** A request went well: slowly, more are let through at once again. */
  recover(): void;
  /** The registry told what is left of its quota: the last of it is not for what nobody waits for. */
  heed(quota: Quota): void;
}

/** What the gate must know of a request. */
export interface GatedRequest {
  /** Absent for what is no repository's, such as asking for a token. */
  readonly repository?: string | undefined;
  readonly isRetry?: boolean;
  /** Nobody waits for it: it stands behind all others, and such requests never have more than half of what there is. */
  readonly isBackground?: boolean | undefined;
}

export interface GateOptions {
  readonly host: string;
  readonly concurrency: number;
  /** Most requests in any minute; absent: any number. */
  readonly requestsPerMinute?: number | undefined;
  /** Pauses up to this long are waited for. */
  readonly pauseMs: number;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

/** Of the requests of a minute, what those in the background may take. */
const BACKGROUND_SHARE = 0.75;

/** Longer than any `Retry-After` that is meant seriously; one of a year would switch the registry off. */
const MAX_PAUSE_MS = 15 * 60_000;

interface Waiter {
  readonly start: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** Requests of one importance: who waits, and how many are under way. */
interface GateClass {
  readonly isBackground: boolean;
  readonly waiting: FairQueue<Waiter>;
  active: number;
}

/**
 * Creates the gate of one registry, shared by all that talk to it. Concurrency is halved by each "too many" and grows
 * by one for as many good answers as it is wide: the rule by which TCP finds a rate nobody told it. Who waits out a
 * pause waits at the gate, so that not all come back at once.
 */
export function createRequestGate(options: GateOptions): RequestGate {
  const { host, concurrency, requestsPerMinute, pauseMs, now = () => performance.now() } = options;
  const announced: GateClass = { isBackground: false, waiting: createFairQueue<Waiter>(), active: 0 };
  const background: GateClass = { isBackground: true, waiting: createFairQueue<Waiter>(), active: 0 };
  const window = createRateWindow(requestsPerMinute, now);
  const pace = createBackgroundPace(requestsPerMinute, now);
  let width = concurrency;
  let pausedUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  const pauseLeft = (): number => Math.max(0, pausedUntil - now());
  /** Why a request of this class is refused rather than made to wait. */
  const refusalOf = ({ isBackground }: GateClass): FaultError | undefined => {
    if (pauseLeft() > pauseMs) return limited(host, pauseLeft());
    return isBackground && pace.heldMs() > pauseMs ? reserved(host, pace.heldMs()) : undefined;
  };
  const waitOf = ({ isBackground }: GateClass): number =>
    Math.max(pauseLeft(), window.waitMs(isBackground ? BACKGROUND_SHARE : 1), isBackground ? pace.waitMs() : 0);
  const slotsOf = ({ isBackground, active }: GateClass): number => {
    const all = Math.max(1, Math.floor(width));
    const free = all - announced.active - background.active;
    return isBackground ? Math.min(free, Math.max(1, Math.floor(all / 2)) - active) : free;
  };

  function admit(): void {
    clearTimeout(timer);
    admitFrom(announced);
    if (announced.waiting.size === 0) admitFrom(background);
  }
  function admitFrom(own: GateClass): void {
    while (own.waiting.size > 0) {
      const left = waitOf(own);
      if (left > 0) {
        timer = setTimeout(admit, Math.ceil(left));
        return;
      }
      const next = own.waiting.take(slotsOf(own));
      if (next === undefined) return;
      own.active++;
      window.take();
      if (own.isBackground) pace.take();
      next.start();
    }
  }
  function refuseWaiting(own: GateClass): void {
    const refusal = refusalOf(own);
    if (refusal !== undefined) for (const waiter of own.waiting.clear()) waiter.refuse(refusal);
  }

  function takeTurn(own: GateClass, signal: AbortSignal, lane: Lane | undefined, isRetry: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      own.waiting.forget(waiter);
      const left = window.waitMs();
      reject(left > 0 && isTimeout(signal.reason) ? usedUp(host, requestsPerMinute, left) : signal.reason);
      // Others may have waited for this one to go first.
      admit();
    };
    // The listener is removed at once, not a microtask later, because a request that has left the queue must not be
    // looked for in it.
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
    own.waiting.wait(waiter, lane, isRetry);
    admit();
    return promise;
  }

  return {
    async pass(run, signal, { repository, isRetry = false, isBackground = false } = {}) {
      signal.throwIfAborted();
      const own = isBackground ? background : announced;
      const refusal = refusalOf(own);
      if (refusal !== undefined) throw refusal;
      // The gate belongs to one registry, so only its repositories have shares.
      const lane = repository === undefined ? undefined : { registry: repository, repository };
      await takeTurn(own, signal, lane, isRetry);
      try {
        return await run();
      } finally {
        own.active--;
        own.waiting.leave(lane);
        admit();
      }
    },
    pause(ms) {
      // Jitter, so that several daemons do not come back in the same millisecond.
      const length = Math.min(ms, MAX_PAUSE_MS) * (1 + Math.random() / 4);
      pausedUntil = Math.max(pausedUntil, now() + length);
      width = Math.max(1, width / 2);
      pace.slow();
      for (const own of [announced, background]) refuseWaiting(own);
      admit();
    },
    recover() {
      width = Math.min(concurrency, width + 1 / width);
      pace.recover();
    },
    heed(quota) {
      pace.heed(quota);
      refuseWaiting(background);
      admit();
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

function reserved(host: string, retryAfterMs: number): FaultError {
  return new FaultError(
    'REGISTRY_RATE_LIMITED',
    `${host} says that little is left of its quota: that is kept for pushes, and what nobody waits for goes on in ${Math.ceil(retryAfterMs / 1000)} s`,
    { retryable: true, retryAfterMs: Math.ceil(retryAfterMs) },
  );
}

function usedUp(host: string, requestsPerMinute: number | undefined, retryAfterMs: number): FaultError {
  return new FaultError(
    'REGISTRY_RATE_LIMITED',
    `the ${requestsPerMinute} requests a minute to ${host} that are configured are used up`,
    { retryable: true, retryAfterMs: Math.ceil(retryAfterMs), hint: 'Raise `requestsPerMinute` of this registry.' },
  );
}
