import { backOff } from '../../kit/back-off.ts';
import { FaultError, type InvalidInputError } from '../../kit/errors.ts';

/** First wait in ms; doubled each time, so that the seventh try comes after about ten minutes. */
const FIRST_MS = 5_000;
/** A sink that has been down for long is tried every ten minutes. */
const MOST_MS = 600_000;
/** Longer than any `Retry-After` that is meant seriously. */
const RETRY_AFTER_MOST_MS = 24 * 3_600_000;
/** About a week of tries: whoever has not repaired a sink by then will not read the message in it either. */
const MAX_ATTEMPTS = 1_000;

/** When a failed effect is tried again; `null` if it never should be. `attempts` counts this one. */
export function retryEffectAt(now: Date, attempts: number, error: FaultError | InvalidInputError): Date | null {
  if (!(error instanceof FaultError) || !error.retryable || attempts >= MAX_ATTEMPTS) return null;
  const backOffMs = backOff(FIRST_MS, attempts - 1, MOST_MS);
  return new Date(now.getTime() + Math.max(backOffMs, Math.min(error.retryAfterMs ?? 0, RETRY_AFTER_MOST_MS)));
}
