import type { TrustRoot, TrustSnapshot } from '../domain/trust-root.ts';
import type { EpochBook } from './epoch-book.ts';
import type { RootKeeper } from './root-keeper.ts';
import type { TrustRootOptions } from './trust-root-options.ts';

export interface SnapshotParts {
  readonly roots: readonly TrustRootOptions[];
  /** One for each of `roots`, by name. */
  readonly keepers: readonly RootKeeper[];
  readonly book: EpochBook;
  readonly now: Date;
}

/** The roots that may be used at this time, as the epoch has them, and why the others may not. */
export function takeSnapshot({ roots, keepers, book, now }: SnapshotParts): TrustSnapshot {
  const usable = new Map<string, TrustRoot>();
  const unavailable = new Map<string, string>();
  for (const { name, thresholds, chains } of roots) {
    const document = book.documents().get(name);
    const keeper = keepers.find((each) => each.name === name);
    const obstacle = keeper?.obstacle(now);
    const stale = keeper?.concern(now);
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
  return { epoch: book.epoch(), roots: usable, unavailable };
}
