import { backOff } from '../kit/back-off.ts';
import { FaultError } from '../kit/errors.ts';

/**
 * How often the queue itself runs a failing job: 2, 4, 8 and 16 s apart, half a minute in all. What still fails then is
 * left to the sweeper, which asks the record again whether it is wanted at all.
 */
export const MAX_ATTEMPTS = 5;
const FIRST_MS = 2_000;
// The longest wait a remote `Retry-After` may impose on a job here; beyond it the sweeper's round is the better clock.
const MOST_MS = 300_000;

/** How long a failed job waits, in ms; `attemptsMade` counts the failed try. What the other side asked for is honoured. */
export function backOffMs(attemptsMade: number, error: unknown): number {
  const own = backOff(FIRST_MS, attemptsMade - 1);
  const asked = error instanceof FaultError ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(own, asked), MOST_MS);
}
