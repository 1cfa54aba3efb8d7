import type { Quota } from './quota.ts';

/** How fast requests are sent that nobody waits for. */
export interface BackgroundPace {
  /** Milliseconds until the next may go. */
  waitMs(): number;
  /** Milliseconds for which the rest of the registry's quota is reserved for other requests. */
  heldMs(): number;
  /** Notes that a request is sent. */
  take(): void;
  /** The registry said "too many": slower from now on. */
  slow(): void;
  /** A request went well: a little faster. */
  recover(): void;
  /** The registry told what is left of its quota. */
  heed(quota: Quota): void;
}

/** Between two requests after the first "too many", ms; doubled by each that comes after a slower one. */
const FIRST_SPACING_MS = 250;
const MOST_SPACING_MS = 10_000;
/** By each good answer: half as fast again after 35, so that the next "too many" is far away. */
const RECOVERY = 0.98;
/** A shorter pause counts as none. */
const LEAST_SPACING_MS = 5;
/** The last quarter of a quota is for what somebody waits for. */
const RESERVED = 0.25;
/** Whatever the registry said, a request is sent after this time, because its answer tells what is left. */
const MOST_HOLD_MS = 15 * 60_000;

/** Creates the pace of one registry: as fast as it goes at first, but spread evenly where so many a minute are the most. */
export function createBackgroundPace(perMinute: number | undefined, now: () => number): BackgroundPace {
  const evenMs = perMinute === undefined ? 0 : 60_000 / perMinute;
  let spacingMs = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let heldUntil = 0;
  /** All requests that were sent before we slowed down may be refused too, which says nothing about the new pace. */
  let hasGoneSinceSlow = true;
  return {
    waitMs: () => Math.max(0, lastAt + Math.max(spacingMs, evenMs) - now(), heldUntil - now()),
    heldMs: () => Math.max(0, heldUntil - now()),
    take() {
      lastAt = now();
      hasGoneSinceSlow = true;
    },
    slow() {
      if (!hasGoneSinceSlow) return;
      hasGoneSinceSlow = false;
      spacingMs = Math.min(MOST_SPACING_MS, Math.max(FIRST_SPACING_MS, 2 * Math.max(spacingMs, evenMs)));
    },
    recover() {
      spacingMs *= RECOVERY;
      if (spacingMs < LEAST_SPACING_MS) spacingMs = 0;
    },
    heed({ remaining, limit, resetMs }) {
      const reserved = limit === undefined ? 0 : Math.floor(limit * RESERVED);
      heldUntil = remaining > reserved ? 0 : now() + Math.min(resetMs, MOST_HOLD_MS);
    },
  };
}
