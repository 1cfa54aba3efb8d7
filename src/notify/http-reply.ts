/** What an HTTP endpoint answered to a message. */
export interface HttpReply {
  readonly status: number;
  /** From `Retry-After`, if the endpoint named a time. */
  readonly retryAfterMs: number | undefined;
  /** At most the first 8 KiB, with the secret address taken out; empty if it could not be read. */
  readonly body: string;
}

/** A week: whoever asks for more has sent nonsense. */
const MAX_RETRY_AFTER_MS = 7 * 24 * 3_600_000;

/** Reads `Retry-After`: seconds or a date (RFC 9110 §10.2.3); `undefined` if it is neither. */
export function parseRetryAfter(value: unknown, now: Date): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  // Dates begin with the name of a day; without that, the parser would read "-5" as a year.
  const date = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : date - now.getTime();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : undefined;
}

/** Whether the same message may be taken later without anybody changing anything. */
export function isRetryableStatus(status: number): boolean {
  // 408 Request Timeout, 425 Too Early, 429 Too Many Requests, and all faults of the server.
  return status === 408 || status === 425 || status === 429 || status >= 500;
}
