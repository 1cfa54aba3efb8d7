/**
 * Knows whether the machine's clock can be believed (D4). A wrong clock hides a frozen trust root, or makes everything
 * look expired and evidence too old or too new. Between two answers of servers, time is counted by a monotonic clock,
 * which nobody can set.
 */
export interface ClockGuard {
  /** Why the clock cannot be believed, as a sentence; `undefined` if nothing speaks against it. */
  obstacle(now: Date): string | undefined;
  /** Takes in a server's time: the `Date` of an answer that has just come, at `now`. */
  observe(heard: ServerTime, now: Date): void;
  /** Whether nothing speaks against it, and a server of this run for it. */
  isConfirmed(now: Date): boolean;
  /** The latest time on which our clock and a server that `confirms` agreed. */
  confirmedTime(): Date | undefined;
}

/** What a server says the time is. */
export interface ServerTime {
  readonly server: string;
  readonly time: Date;
  /**
   * Whether a time on which it agrees with our clock is remembered for good as one that has passed, also across
   * restarts. False for servers that are trusted for nothing else.
   */
  readonly confirms: boolean;
}

export interface ClockGuardOptions {
  /** A time that has passed for certain: the newest date in what Lazaret was packaged with. */
  readonly notBefore: Date;
  /** {@link ClockGuard.confirmedTime} of an earlier run. */
  readonly confirmedTime: Date | undefined;
  /** Milliseconds since some moment, whatever happens to the clock. */
  readonly elapsedMs: () => number;
}

// Clocks kept by NTP differ by less than a second, answers of a cache by a minute; certificates live ten.
const TOLERANCE_MS = 5 * 60_000;

export function createClockGuard(options: ClockGuardOptions): ClockGuard {
  const { notBefore, elapsedMs } = options;
  let confirmed = options.confirmedTime && noted(options.confirmedTime);
  const heard = new Map<string, Noted>();

  function noted(time: Date): Noted {
    return { timeMs: time.getTime(), atMs: elapsedMs() };
  }

  function nowBy({ timeMs, atMs }: Noted): number {
    return timeMs + elapsedMs() - atMs;
  }

  const guard: ClockGuard = {
    isConfirmed: (now) => heard.size > 0 && guard.obstacle(now) === undefined,
    obstacle(now) {
      if (now < notBefore) return `it says ${show(now)}, before ${show(notBefore)}, which has passed`;
      const passed = confirmed === undefined ? Number.NEGATIVE_INFINITY : nowBy(confirmed);
      if (now.getTime() < passed - TOLERANCE_MS) {
        return `it says ${show(now)}, but it has been ${show(new Date(passed))} already`;
      }
      if (heard.size === 0) return undefined;
      // One server with a wrong clock must not make ours look wrong: all of them must be behind it.
      const latest = Math.max(...[...heard.values()].map(nowBy));
      if (now.getTime() <= latest + TOLERANCE_MS) return undefined;
      return `it says ${show(now)}, but it is ${show(new Date(latest))} by what servers say`;
    },
    observe({ server, time, confirms }, now) {
      heard.set(server, noted(time));
      // A server whose own clock is ahead must not make the right time look like the past.
      const agrees = Math.abs(now.getTime() - time.getTime()) <= TOLERANCE_MS;
      if (agrees && confirms && (confirmed === undefined || time.getTime() > confirmed.timeMs)) confirmed = noted(time);
    },
    confirmedTime: () => confirmed && new Date(confirmed.timeMs),
  };
  return guard;
}

interface Noted {
  readonly timeMs: number;
  /** When it was, by the watch. */
  readonly atMs: number;
}

function show(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
