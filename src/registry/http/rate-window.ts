/** Counts what went out within the last minute against the most that may. */
export interface RateWindow {
  /** Milliseconds until another may go, of those who may have this share of the whole (by default all of it). */
  waitMs(share?: number): number;
  take(): void;
}

const MINUTE_MS = 60_000;

/** Creates one for so many a minute, in any minute; without a number nothing is counted and nobody waits. */
export function createRateWindow(perMinute: number | undefined, now: () => number): RateWindow {
  /** When each went, the oldest first. */
  const taken: number[] = [];
  return {
    waitMs(share = 1) {
      if (perMinute === undefined) return 0;
      while (taken[0] !== undefined && taken[0] <= now() - MINUTE_MS) taken.shift();
      const most = Math.max(1, Math.floor(perMinute * share));
      // When this one is a minute old, there is room for another.
      const oldest = taken.at(-most);
      return taken.length < most || oldest === undefined ? 0 : oldest + MINUTE_MS - now();
    },
    take() {
      if (perMinute !== undefined) taken.push(now());
    },
  };
}
