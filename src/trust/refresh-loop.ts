import { backOff } from '../kit/back-off.ts';
/** Calls something again and again until stopped. */
export interface RefreshLoop {
  stop(): void;
}

export interface RefreshLoopOptions {
  readonly everyMs: number;
  /** Does the work; says whether it went well. */
  readonly run: () => Promise<boolean>;
}

const FIRST_RETRY_MS = 60_000;
// So that many daemons started together do not ask together.
const JITTER = 0.1;

/** Runs at once, then every `everyMs`; after a failure sooner: in a minute, two, four and so on up to `everyMs`. */
export function startRefreshLoop({ everyMs, run }: RefreshLoopOptions): RefreshLoop {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  async function turn(): Promise<void> {
    failures = (await run()) ? 0 : failures + 1;
    if (stopped) return;
    const waitMs = failures === 0 ? everyMs : backOff(FIRST_RETRY_MS, failures - 1, everyMs);
    timer = setTimeout(() => void turn(), waitMs * (1 + JITTER * (Math.random() * 2 - 1)));
    // Refreshing is no reason for a process to go on.
    timer.unref();
  }
  void turn();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
