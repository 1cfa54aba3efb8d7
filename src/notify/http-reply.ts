/** What an HTTP endpoint answered to a message. */
export interface HttpReply {
  readonly status: number;
  /** From `Retry-After`, if the endpoint named a time. */
  readonly retryAfterMs: number | undefined;
  /** At most the first 8 KiB, with the secret address taken out; empty if it could not be read. */
  readonly body: string;
}

/** Whether the same message may be taken later without anybody changing anything. */
export function isRetryableStatus(status: number): boolean {
  // 408 Request Timeout, 425 Too Early, 429 Too Many Requests, and all faults of the server.
  return status === 408 || status === 425 || status === 429 || status >= 500;
}
