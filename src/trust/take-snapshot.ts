import type { ConfiguredTrustRoot } from '../domain/configured-trust-root.ts';
import type { TrustRoot, TrustSnapshot } from '../domain/trust-root.ts';
import type { EpochStore } from './epoch-store.ts';
import type { RootProvider } from './root-provider.ts';

export interface SnapshotParts {
  readonly roots: readonly ConfiguredTrustRoot[];
  /** One for each of `roots`, by name. */
  readonly providers: readonly RootProvider[];
  readonly epochs: EpochStore;
  readonly now: Date;
}

/** The roots that may be used at this time, as the epoch has them, and why the others may not. */
export function takeSnapshot({ roots, providers, epochs, now }: SnapshotParts): TrustSnapshot {
  const usable = new Map<string, TrustRoot>();
  const unavailable = new Map<string, string>();
  for (const { name, thresholds, chains } of roots) {
    const document = epochs.documents().get(name);
    const provider = providers.find((each) => each.name === name);
    const obstacle = provider?.obstacle(now);
    const stale = provider?.concern(now);
    if (document !== undefined && obstacle === undefined) {
      usable.set(name, {
        name,
        document,
        thresholds,
        ...(chains && { chains }),
        ...(stale !== undefined && { stale }),
      });
    } else {
      unavailable.set(name, obstacle ?? 'there is none yet');
    }
  }
  return { epoch: epochs.epoch(), roots: usable, unavailable };
}
