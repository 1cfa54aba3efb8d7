/** A week: whoever asks for more has sent nonsense. */
const MOST_MS = 7 * 24 * 3_600_000;

/**
 * The milliseconds a `Retry-After` header asks to wait (RFC 9110 §10.2.3: seconds or an HTTP date), at most a week;
 * `undefined` if it is absent or says nothing. Never negative.
 */
export function parseRetryAfter(value: unknown, now: Date): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : parseHttpDate(text) - now.getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MOST_MS);
}

// Date.parse takes much that is no HTTP date, such as "1.5" (a day in 2001) and "-5" (a year).
function parseHttpDate(text: string): number {
  return /^[A-Z][a-z]{2,8},? .*\d/.test(text) ? Date.parse(text) : Number.NaN;
}
