/** When an image that does not pass is looked at again, counted from the push: most signatures follow within a minute. */
const CHECKS_MS: readonly number[] = [15_000, 60_000, 300_000];
/** After those, and until the grace is over. */
const EVERY_MS = 300_000;

/**
 * The next time to look at an image that does not pass: 15 s, 60 s and 5 min after the push, then every 5 minutes, the last
 * one exactly when the grace ends. `null` when the grace is over: it has failed.
 */
export function nextCheckAt(firstSeenAt: Date, now: Date, graceMs: number): Date | null {
  const elapsedMs = now.getTime() - firstSeenAt.getTime();
  if (elapsedMs >= graceMs) return null;
  const planned = CHECKS_MS.find((ms) => ms > elapsedMs) ?? (Math.floor(elapsedMs / EVERY_MS) + 1) * EVERY_MS;
  return new Date(firstSeenAt.getTime() + Math.min(planned, graceMs));
}

/** First wait after "could not tell", in ms; doubled with each further one. */
const RETRY_FIRST_MS = 5_000;
/** However long a registry has been down: two minutes after it is back, every image must have its verdict. */
const RETRY_MOST_MS = 90_000;
/** Longer than any `Retry-After` that is meant seriously; one of a year would leave the image unjudged for as long. */
const RETRY_AFTER_MOST_MS = 15 * 60_000;

/** When to look again after "could not tell" for the nth time in a row (0 is the first). */
export function retryLookAt(now: Date, failuresBefore: number, retryAfterMs: number | undefined): Date {
  const backOffMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(failuresBefore, 10), RETRY_MOST_MS);
  return new Date(now.getTime() + Math.max(backOffMs, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MOST_MS)));
}
