import type { Clock } from '../ports/clock.ts';

/** One notice per class of fault in this time: an outage that fails 5,000 images is one message, not 5,000. */
const WINDOW_MS = 3_600_000;

/** Answers whether a fault of this class may be announced now; a yes takes the turn for the next hour. */
export function createFaultWindow(clock: Clock): (faultClass: string) => boolean {
  const last = new Map<string, number>();
  return (faultClass) => {
    const now = clock().getTime();
    const before = last.get(faultClass);
    if (before !== undefined && now - before < WINDOW_MS) return false;
    last.set(faultClass, now);
    return true;
  };
}
