import { join } from 'node:path';
import type { Logger } from 'pino';
import { FaultError } from '../domain/errors.ts';
import type { TrustSnapshot } from '../domain/trust-root.ts';
import type { Clock } from '../ports/clock.ts';
import type { TrustRoots } from '../ports/trust-roots.ts';
import { type ClockGuard, createClockGuard } from './clock-guard.ts';
import { createKeeper } from './create-keeper.ts';
import { type EpochBook, openEpochBook } from './epoch-book.ts';
import { fetchServerTime } from './fetch-server-time.ts';
import { newestDate } from './newest-date.ts';
import { readPackagedSeed } from './packaged-seed.ts';
import { type RefreshLoop, startRefreshLoop } from './refresh-loop.ts';
import type { RootKeeper } from './root-keeper.ts';
import { takeSnapshot } from './take-snapshot.ts';
import type { CheckTrustRoot, TrustRootOptions } from './trust-root-options.ts';

export interface TrustRootsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Refuses a document that verification could not use; a refused one never replaces a good one. */
  readonly check: CheckTrustRoot;
  /** Where to remember across restarts, one process at a time; absent for a command that ends soon. */
  readonly folder?: string;
}

/** The configured trust roots, kept up to date. */
export interface ManagedTrustRoots extends TrustRoots {
  /** The epoch of this moment; never throws. */
  epoch(): number;
  /** Looks for newer roots now, all of them. What fails is logged, and the last good one stays. */
  refresh(): Promise<void>;
  /** What people should look at, a sentence each; empty when all is well. */
  concerns(): readonly string[];
}

/**
 * Prepares trust roots from what is on this machine: nothing is contacted before `start` or `refresh`, and nobody has
 * to wait for either. Give only the roots that policies name: every other one would be refreshed for nothing.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID` for a file that is none
 */
export async function createTrustRoots(
  roots: readonly TrustRootOptions[],
  deps: TrustRootsDeps,
): Promise<ManagedTrustRoots> {
  const { clock, logger, folder } = deps;
  const seed = readPackagedSeed();
  const onProblem = (problem: string): void => logger.error({ problem }, 'what was kept of a trust root is unusable');
  const keepers = await Promise.all(roots.map((root) => createKeeper(root, { ...deps, seed, onProblem })));
  const thresholds = JSON.stringify(roots.map((root) => [root.name, root.thresholds]).sort());
  const book = await openEpochBook(folder === undefined ? undefined : join(folder, 'epoch.json'), thresholds);
  const guard = createClockGuard({ notBefore: newestDate(seed.document), confirmedTime: book.confirmedTime() });
  const refresher = createRefresher({ keepers, book, guard, clock, logger });
  await refresher.adopt();

  return {
    epoch: book.epoch,
    current() {
      const now = clock();
      const obstacle = guard.obstacle(now);
      if (obstacle === undefined) return takeSnapshot({ roots, keepers, book, now });
      throw new FaultError('CLOCK_UNTRUSTED', `the clock of this machine cannot be believed: ${obstacle}`, {
        retryable: true,
        hint: 'set the clock right (NTP); until then nothing is decided and nothing is written',
      });
    },
    start: async (onChange) => refresher.start(() => onChange(takeSnapshot({ roots, keepers, book, now: clock() }))),
    stop: async () => refresher.stop(),
    refresh: async () => void (await Promise.all(refresher.due.map(refresher.refresh))),
    concerns() {
      const now = clock();
      const clockObstacle = guard.obstacle(now);
      const ofRoots = keepers.flatMap((keeper) => {
        const concern = keeper.obstacle(now) ?? keeper.concern(now);
        return concern === undefined ? [] : [`trust root "${keeper.name}": ${concern}`];
      });
      return clockObstacle === undefined ? ofRoots : [`clock: ${clockObstacle}`, ...ofRoots];
    },
  };
}

interface RefresherParts {
  readonly keepers: readonly RootKeeper[];
  readonly book: EpochBook;
  readonly guard: ClockGuard;
  readonly clock: Clock;
  readonly logger: Logger;
}

function createRefresher({ keepers, book, guard, clock, logger }: RefresherParts) {
  const due = keepers.filter((keeper) => keeper.refreshEveryMs !== undefined);
  const loops: RefreshLoop[] = [];
  let onChange: () => void = () => undefined;

  async function adopt(): Promise<boolean> {
    const documents = keepers.flatMap((keeper): [string, string][] => {
      const document = keeper.document();
      return document === undefined ? [] : [[keeper.name, document]];
    });
    return await book.adopt(new Map(documents), { now: clock(), confirmedTime: guard.confirmedTime() });
  }

  /** Says whether it went well. */
  async function refresh(keeper: RootKeeper): Promise<boolean> {
    try {
      await compareClock(keeper.server);
      await keeper.refresh(clock());
      if (!(await adopt())) return true;
      logger.info({ trust: keeper.name, trustEpoch: book.epoch() }, 'the trust root changed: images are judged again');
      onChange();
      return true;
    } catch (error) {
      const concern = keeper.obstacle(clock()) ?? keeper.concern(clock());
      // D2: a mirror that is down for an hour is nothing to wake anybody for, a root that grows old is.
      const level = concern === undefined ? 'warn' : 'error';
      logger[level]({ err: error, trust: keeper.name, concern }, 'the trust root could not be refreshed');
      return false;
    }
  }

  async function compareClock(server: URL | undefined): Promise<void> {
    const serverTime = server === undefined ? undefined : await fetchServerTime(server);
    if (serverTime !== undefined) guard.observe(serverTime, clock());
  }

  return {
    due,
    adopt,
    refresh,
    start(listener: () => void) {
      onChange = listener;
      for (const keeper of due) {
        const { refreshEveryMs: everyMs } = keeper;
        if (everyMs !== undefined) loops.push(startRefreshLoop({ everyMs, run: () => refresh(keeper) }));
      }
    },
    stop() {
      for (const loop of loops.splice(0)) loop.stop();
      onChange = () => undefined;
    },
  };
}
