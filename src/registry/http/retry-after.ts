/**
 * The milliseconds a `Retry-After` header asks to wait (RFC 9110 §10.2.3: seconds or an HTTP date); `undefined` if it
 * is absent or says nothing. Never negative.
 */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Date.parse takes much that is no HTTP date, such as "1.5" (a day in 2001).
  if (!/^[A-Z][a-z]{2,8},? .*\d/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now.getTime());
}
