/** How many deliveries a receiver takes: this many a second in the long run, and so many at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenBucket {
  /** Takes one token; `0` if there was one, else the seconds until there is. */
  take(): number;
  /** Puts one back. */
  giveBack(): void;
}

/** Creates a token bucket over a monotonic clock in milliseconds. */
export function createTokenBucket(rate: Rate, nowMs: () => number): TokenBucket {
  let tokens = rate.burst;
  let filledAt = nowMs();
  return {
    take() {
      const now = nowMs();
      tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1000) * rate.perSecond);
      filledAt = now;
      if (tokens < 1) return Math.max(1, Math.ceil((1 - tokens) / rate.perSecond));
      tokens -= 1;
      return 0;
    },
    giveBack() {
      tokens = Math.min(rate.burst, tokens + 1);
    },
  };
}
