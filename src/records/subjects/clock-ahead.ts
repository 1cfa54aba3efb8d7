/**
 * A time on record that lies further in the future than this was written while the clock was wrong: our hosts' clocks
 * differ by seconds. What waits for such a time would wait for as long as the clock was ahead; it is due now.
 */
const AHEAD_MS = 10 * 60_000;

/** No honest clock has written a later time by now. */
export function latestPlausible(now: Date): Date {
  return new Date(now.getTime() + AHEAD_MS);
}
