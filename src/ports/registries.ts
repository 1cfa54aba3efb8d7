import type { RegistryInventory } from './registry-inventory.ts';
import type { RegistryReader } from './registry-reader.ts';
import type { TagWriter } from './tag-writer.ts';

/** One registry of the configuration, ready for use. */
export interface ConfiguredRegistry {
  readonly id: string;
  /** Host with port, as images of this registry are named. */
  readonly host: string;
  /** Other hosts with port its events may name, e.g. behind a proxy: only ever compared. */
  readonly eventHosts?: readonly string[];
  /** Whether the configuration's `repositories` globs cover this repository. */
  covers(repository: string): boolean;
  readonly reader: RegistryReader;
  /** Tells what lies in it, for the sweep. */
  readonly inventory?: RegistryInventory;
  /** Whether it leaves requests without an answer; then it is asked now and then only. */
  readonly isSilent?: () => boolean;
  /** Whether it is not asked just now what it did not answer. */
  readonly isResting?: () => boolean;
  /** Absent where no write credentials (and no `writeCredentials: none` registry) are configured. */
  readonly writer?: TagWriter;
}

/** All registries, by id. */
export type Registries = ReadonlyMap<string, ConfiguredRegistry>;
