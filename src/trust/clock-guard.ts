/** Knows whether the machine's clock can be believed (D4). A wrong one hides a freeze, or makes all look expired. */
export interface ClockGuard {
  /** Why the clock cannot be believed, as a sentence; `undefined` if nothing speaks against it. */
  obstacle(now: Date): string | undefined;
  /** Compares the clock with a server's (`Date` of an HTTP answer), asked for at `now`. */
  observe(serverTime: Date, now: Date): void;
  /** The latest time a server and our clock agreed upon. */
  confirmedTime(): Date | undefined;
}

export interface ClockGuardOptions {
  /** A time that has passed for certain: the newest date in what Lazaret was packaged with. */
  readonly notBefore: Date;
  /** {@link ClockGuard.confirmedTime} of an earlier run. */
  readonly confirmedTime: Date | undefined;
}

// Clocks kept by NTP differ by less than a second, answers of a cache by a minute; certificates live ten.
const TOLERANCE_MS = 5 * 60_000;

/** Compares by wall clock only where a wall clock is meant: nothing here measures a duration. */
export function createClockGuard(options: ClockGuardOptions): ClockGuard {
  let { confirmedTime } = options;
  let disagreement: string | undefined;
  return {
    obstacle(now) {
      if (now < options.notBefore) return `it says ${show(now)}, before ${show(options.notBefore)}, which has passed`;
      if (confirmedTime !== undefined && now.getTime() < confirmedTime.getTime() - TOLERANCE_MS) {
        return `it says ${show(now)}, but it has been ${show(confirmedTime)} already`;
      }
      return disagreement;
    },
    observe(serverTime, now) {
      const aheadMs = now.getTime() - serverTime.getTime();
      if (aheadMs > TOLERANCE_MS) {
        disagreement = `it says ${show(now)}, but a server says ${show(serverTime)}`;
        return;
      }
      disagreement = undefined;
      // A server whose own clock is ahead must not make the right time look like the past.
      if (aheadMs < -TOLERANCE_MS) return;
      if (confirmedTime === undefined || serverTime > confirmedTime) confirmedTime = serverTime;
    },
    confirmedTime: () => confirmedTime,
  };
}

function show(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
