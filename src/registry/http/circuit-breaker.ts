import { FaultError } from '../../kit/errors.ts';
import type { HttpReply } from './http-transport.ts';

/** Stops asking a registry that accepts requests and never answers, and tries now and then whether it does again. */
export interface CircuitBreaker {
  /**
   * Makes one request and hears what comes of it.
   * @throws {FaultError} `REGISTRY_TIMEOUT` at once while the registry is silent
   */
  watch(run: () => Promise<HttpReply>, repository: string | undefined): Promise<HttpReply>;
  /** Whether it does not answer, as far as is known. */
  isSilent(): boolean;
  /** Whether repositories that did not answer before are not asked at the moment. */
  isResting(): boolean;
}

export interface CircuitBreakerOptions {
  readonly host: string;
  /** A request that took less was ended by its caller, not by our time-out. */
  readonly leastMs: number;
  /** Monotonic, in ms. */
  readonly now?: () => number;
}

/**
 * So many requests without an answer, begun after the last one came: a look at one image has four under way at first
 * (manifest, referrers, two tags), so it is never one image alone.
 */
const SILENCES = 5;
/** Looks that were refused come back after 5 s or more: the first of them tries. */
const FIRST_REST_MS = 5_000;
/** Every image has its verdict two minutes after a registry is back; looks come back after 90 s at most. */
const MOST_REST_MS = 30_000;
/** Requests that try at a time: those of one look. */
const TRIES = 4;

/**
 * Creates the breaker of one registry. Any answer closes it, even an error, and slow registries are still asked. While
 * it is open, a repository that has not been silent itself is asked all the same: whoever makes the requests about his
 * own repository hang cannot shut the registry for others, and their answer shows that it is there (P6).
 */
export function createCircuitBreaker({
  host,
  leastMs,
  now = () => performance.now(),
}: CircuitBreakerOptions): CircuitBreaker {
  const silent = new Set<string>();
  let silences = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  let restMs = 0;
  let restUntil = 0;
  let trying = 0;

  const isSilent = (): boolean => silences >= SILENCES;
  const isResting = (): boolean => isSilent() && (now() < restUntil || trying >= TRIES);

  function noteAnswer(): void {
    answeredAt = now();
    silences = 0;
    restMs = 0;
    silent.clear();
  }
  function noteSilence(begun: number, repository: string): void {
    // A later request has been answered meanwhile, so the registry is there.
    if (begun < answeredAt) return;
    silences++;
    silent.add(repository);
    if (!isSilent() || now() < restUntil) return;
    restMs = Math.min(Math.max(FIRST_REST_MS, 2 * restMs), MOST_REST_MS);
    restUntil = now() + restMs;
  }
  async function hear(run: () => Promise<HttpReply>, repository: string): Promise<HttpReply> {
    const begun = now();
    try {
      const reply = await run();
      if (reply.status === GATEWAY_TIMEOUT) noteSilence(begun, repository);
      else noteAnswer();
      return reply;
    } catch (error) {
      const isTimeout = error instanceof FaultError && error.code === 'REGISTRY_TIMEOUT';
      if (isTimeout && now() - begun >= leastMs) noteSilence(begun, repository);
      throw error;
    }
  }

  return {
    isSilent,
    isResting,
    async watch(run, repository = '') {
      if (!isSilent() || !silent.has(repository)) return hear(run, repository);
      if (isResting()) throw stillSilent(host, silences, Math.max(restUntil - now(), FIRST_REST_MS));
      trying++;
      try {
        return await hear(run, repository);
      } finally {
        trying--;
      }
    },
  };
}

/** Something in front of the registry says that the registry did not answer. */
const GATEWAY_TIMEOUT = 504;

function stillSilent(host: string, count: number, retryAfterMs: number): FaultError {
  return new FaultError(
    'REGISTRY_TIMEOUT',
    `${host} left the last ${count} requests without an answer, and is asked again in ${Math.ceil(retryAfterMs / 1000)} s`,
    {
      retryable: true,
      retryAfterMs: Math.ceil(retryAfterMs),
      hint: 'Look at the registry: it accepts requests and does not answer them.',
    },
  );
}
