import type { Logger } from 'pino';

// An outage makes the same error many times a second; twice a minute tells an operator as much.
const AT_MOST_EVERY_MS = 30_000;

/** Logs a recurring error as a warning with its message alone, the same message at most twice a minute. */
export function throttledLog(logger: Logger, what: string): (error: Error) => void {
  let last: string | undefined;
  let at = Number.NEGATIVE_INFINITY;
  return (error) => {
    const now = performance.now();
    if (error.message === last && now - at < AT_MOST_EVERY_MS) return;
    last = error.message;
    at = now;
    logger.warn({ reason: error.message }, what);
  };
}
