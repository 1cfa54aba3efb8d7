import type { Logger } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { Concerns } from '../../ports/concerns.ts';
import type { EventReceiver } from '../../ports/event-source.ts';
import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import type { SweepRecord } from '../../ports/sweep-record.ts';
import type { TagFilter } from './choose-tags.ts';

export interface PollSourceOptions {
  readonly id: string;
  readonly everyMs: number;
  readonly tags: TagFilter;
  /** Whether what lay there before the first sweep is only recorded, or acted on as a push. */
  readonly baseline: 'record' | 'judge';
  readonly targets: readonly SweepTarget[];
}

/** One registry to be swept. */
export interface SweepTarget {
  readonly registryId: string;
  /** Host with port, as images of this registry are named. */
  readonly host: string;
  readonly inventory: RegistryInventory;
  readonly covers: (repository: string) => boolean;
  /** Says which repositories are covered: where that changes, all is a baseline again. */
  readonly scope: string;
  /** Asks whether the registry answers at all. @throws {FaultError} what is wrong */
  readonly probe: (signal: AbortSignal) => Promise<void>;
}

/** What sweeps count. */
export interface SweepMetrics {
  /** `partial`: something was left out; `broken-off`: it goes on later from where it had come. */
  sweep(registryId: string, result: 'whole' | 'partial' | 'broken-off'): void;
  /** A look at a repository that an event asked for; `left-out`: it could not be told. */
  askedLook(registryId: string, result: 'seen' | 'left-out'): void;
}

export interface PollSourceDeps {
  readonly receiver: EventReceiver;
  readonly sweeps: SweepRecord;
  readonly concerns: Concerns;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SweepMetrics;
  /** Names this process among the daemons on one record. */
  readonly owner: string;
  /** How long a sweep belongs to who has it without a sign of life, in ms. */
  readonly leaseMs: number;
  /** While this process sweeps for all, a signal that fires when it no longer does; else `undefined`. */
  readonly term: () => AbortSignal | undefined;
}
