import type { LabelReader, LabelWriter } from './labels.ts';
import type { LockReader, LockWriter } from './locks.ts';
import type { RegistryCapabilities } from './registry-capabilities.ts';
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
  /** What can be done in it. */
  readonly capabilities?: RegistryCapabilities;
  /** What it is, as people call it. */
  readonly title?: string;
  /** Whether it leaves requests unanswered; then it is asked only now and then. */
  readonly isSilent?: () => boolean;
  /** Whether requests that it did not answer are not repeated at the moment. */
  readonly isResting?: () => boolean;
  /** Absent where neither write credentials nor `writeCredentials: none` are configured. */
  readonly writer?: TagWriter;
  /** Where it can keep an image from being pulled; who does it, as `writer`. */
  readonly locks?: { readonly reader: LockReader; readonly writer?: LockWriter };
  /** Where the registry has labels; who writes them, as `writer`. */
  readonly labels?: { readonly reader: LabelReader; readonly writer?: LabelWriter };
}

/** All registries, by id. */
export type Registries = ReadonlyMap<string, ConfiguredRegistry>;
