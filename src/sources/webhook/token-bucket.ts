/** How many deliveries a receiver takes: this many a second in the long run, and so many at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Takes one token; `0` if there was one, else the seconds until there is. */
export type TakeToken = () => number;

/** Creates a token bucket over a monotonic clock in milliseconds. */
export function createTokenBucket(rate: Rate, nowMs: () => number): TakeToken {
  let tokens = rate.burst;
  let filledAt = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1000) * rate.perSecond);
    filledAt = now;
    if (tokens < 1) return Math.max(1, Math.ceil((1 - tokens) / rate.perSecond));
    tokens -= 1;
    return 0;
  };
}
