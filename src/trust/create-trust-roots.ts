import { join } from 'node:path';
import type { ConfiguredTrustRoot } from '../domain/configured-trust-root.ts';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import type { TrustRoot } from '../domain/trust-root.ts';
import { withUsualNames } from '../domain/trusted-root-names.ts';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import { isJsonObject } from '../kit/json.ts';
import { parseJson } from '../kit/parse-json.ts';
import type { Clock } from '../ports/clock.ts';
import type { EpochRecord } from '../ports/epoch-record.ts';
import type { TrustRoots } from '../ports/trust-roots.ts';
import { createClockGuard } from './clock-guard.ts';
import type { CheckTrustRoot } from './create-root-provider.ts';
import { createRootProvider } from './create-root-provider.ts';
import { openEpochStore } from './epoch-store.ts';
import { newestPackagedDate } from './packaged-seed.ts';
import { createRefresher, type TrustLogger } from './refresher.ts';
import { takeSnapshot } from './take-snapshot.ts';

export interface TrustRootsOptions {
  /** Give only the roots that policies name: every other one would be refreshed for nothing. */
  readonly trust: readonly ConfiguredTrustRoot[];
  /** Its folder `trust` remembers across restarts, for one process at a time; absent for a command that ends soon. */
  readonly dataDir?: string;
  /** Refuses a document that verification could not use; a refused one never replaces a good one. */
  readonly check?: CheckTrustRoot;
  /** Where processes agree on epochs; absent for a command, and where this process numbers alone. */
  readonly record?: EpochRecord | undefined;
  /** Whether this process asks for newer roots for all on its record. Default: it does. */
  readonly leads?: (() => boolean) | undefined;
  /** Which proxies requests take; absent: none. */
  readonly proxy?: ProxyRules | undefined;
  /** Default: nothing is logged. */
  readonly logger?: TrustLogger;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds by a watch that nobody can set; default: the system's. */
  readonly elapsedMs?: () => number;
}

/** The configured trust roots, kept up to date. */
export interface ManagedTrustRoots extends TrustRoots {
  /** The epoch of this moment; never throws. */
  epoch(): number;
  /** Looks for newer roots now, all of them. What fails is logged, and the last good one stays. */
  refresh(): Promise<void>;
  /** Takes in the time of a server that has just answered, which our clock is compared with. */
  hear(server: string, time: Date): void;
  /** Whether the clock is believed, and a server has said the same time since the start. */
  isClockConfirmed(): boolean;
  /** What people should look at, a sentence each; empty when all is well. */
  concerns(): readonly string[];
}

/**
 * Prepares trust roots from what is on this machine: nothing is contacted before `start` or `refresh`, and nobody has
 * to wait for either.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID` for a file that is none
 */
export async function createTrustRoots(options: TrustRootsOptions): Promise<ManagedTrustRoots> {
  const { trust: roots, dataDir, check = checkShape, logger, clock = () => new Date() } = options;
  const folder = dataDir === undefined ? undefined : join(dataDir, 'trust');
  const onProblem = (problem: string): void => logger?.error({ problem }, 'what was kept of a trust root is unusable');
  const sources = { check, onProblem, proxy: options.proxy, ...(folder !== undefined && { folder }) };
  const providers = await Promise.all(roots.map((root) => createRootProvider(root, sources)));
  const thresholds = JSON.stringify(roots.map(meaningOf).sort());
  const page = folder === undefined ? undefined : join(folder, 'epoch.json');
  const epochs = await openEpochStore({ path: page, settings: thresholds, record: options.record, onProblem });
  const { elapsedMs = () => performance.now() } = options;
  const confirmedTime = epochs.confirmedTime();
  const guard = createClockGuard({ notBefore: newestPackagedDate(), confirmedTime, elapsedMs });
  const refresher = createRefresher({
    providers,
    epochs,
    guard,
    clock,
    logger,
    proxy: options.proxy,
    leads: options.leads,
  });
  await refresher.adopt();

  return {
    epoch: epochs.epoch,
    current() {
      const now = clock();
      const obstacle = guard.obstacle(now);
      if (obstacle === undefined) return takeSnapshot({ roots, providers, epochs, now });
      throw new FaultError('CLOCK_UNTRUSTED', `the clock of this machine cannot be believed: ${obstacle}`, {
        retryable: true,
        hint: 'set the clock right (NTP); until then nothing is decided and nothing is written',
      });
    },
    start: async (onChange) =>
      refresher.start(() => onChange(takeSnapshot({ roots, providers, epochs, now: clock() }))),
    stop: async () => refresher.stop(),
    refresh: refresher.refreshAll,
    hear: (server, time) => guard.observe({ server, time, confirms: false }, clock()),
    isClockConfirmed: () => guard.isConfirmed(clock()),
    concerns() {
      const now = clock();
      const clockObstacle = guard.obstacle(now);
      const ofRoots = providers.flatMap((provider) => {
        const concern = provider.obstacle(now) ?? provider.concern(now);
        return concern === undefined ? [] : [`trust root "${provider.name}": ${concern}`];
      });
      return clockObstacle === undefined ? ofRoots : [`clock: ${clockObstacle}`, ...ofRoots];
    },
  };
}

/** The settings of a root besides its document: if they change, the epoch changes too. */
function meaningOf({ name, thresholds, chains }: TrustRootsOptions['trust'][number]): readonly unknown[] {
  return [name, thresholds, ...(chains === true ? ['chains'] : [])];
}

const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot[.+]/;

/** The least that is asked of a trust root where verification's own check is not given. @throws {InvalidInputError} `TRUST_ROOT_INVALID` */
function checkShape({ name, document }: TrustRoot): void {
  if (isTrustedRoot(document)) return;
  const message = `expected a trusted_root.json as the trust root "${name}"`;
  throw new InvalidInputError('TRUST_ROOT_INVALID', message, [{ where: 'mediaType', message }]);
}

function isTrustedRoot(document: string): boolean {
  try {
    const json = withUsualNames(parseJson(document));
    const mediaType = isJsonObject(json) ? json['mediaType'] : undefined;
    return typeof mediaType === 'string' && MEDIA_TYPE.test(mediaType);
  } catch {
    return false;
  }
}
