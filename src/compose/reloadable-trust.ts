import type { Config } from '../config/config.ts';
import type { ManagedTrustRoots } from '../trust/create-trust-roots.ts';
import { openTrust, type SharedTrust } from './open-trust.ts';

type TrustConfig = Parameters<typeof openTrust>[0];

/** Trust roots that can be exchanged for those of another configuration while they are in use. */
export interface ReloadableTrust extends ManagedTrustRoots {
  /**
   * Puts the trust roots of this configuration in force, all that its policies name. One at a time.
   * @throws {InvalidInputError} as `openTrust`: those before stay in force
   */
  change(config: Pick<Config, 'trust' | 'policies' | 'dataDir' | 'proxy'>): Promise<void>;
}

/** Opens trust roots as `openTrust` does. @throws {InvalidInputError} as that */
export async function openReloadableTrust(
  config: TrustConfig,
  logger: Parameters<typeof openTrust>[1],
  shared?: SharedTrust,
): Promise<ReloadableTrust> {
  let inUse = await openTrust(config, logger, shared);
  let meaning = meaningOf(config);
  let onChange: Parameters<ManagedTrustRoots['start']>[0] | undefined;
  return {
    current: () => inUse.current(),
    epoch: () => inUse.epoch(),
    refresh: () => inUse.refresh(),
    hear: (server, time) => inUse.hear(server, time),
    concerns: () => inUse.concerns(),
    isClockConfirmed: () => inUse.isClockConfirmed(),
    async start(listener) {
      onChange = listener;
      await inUse.start(listener);
    },
    stop: () => inUse.stop(),
    async change(next) {
      // A secret that was exchanged is no reason to ask for all roots again.
      if (meaningOf(next) === meaning) return;
      const before = inUse;
      // What is remembered of them has one owner at a time. Those before are judged with until the others are there.
      await before.stop();
      try {
        const opened = await openTrust(next, logger, shared);
        inUse = opened;
        meaning = meaningOf(next);
      } finally {
        if (onChange !== undefined) await inUse.start(onChange);
      }
    },
  };
}

/** What decides which roots there are, and whether they are good enough for what is asked. */
function meaningOf({ trust, policies }: Pick<Config, 'trust' | 'policies'>): string {
  return JSON.stringify([policies.revision, trust]);
}
