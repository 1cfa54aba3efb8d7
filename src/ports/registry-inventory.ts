import type { Digest } from '../domain/digest.ts';

/** One page of a list, and where the next begins. */
export interface InventoryPage<Entry> {
  readonly entries: readonly Entry[];
  /** Passed to the next call for the next page; it may be kept on record. Absent after the last page. */
  readonly next?: string;
  /** What this page could not tell, in sentences for people: entries that are no names, globs that no list serves. */
  readonly notTold?: readonly string[];
}

/** A tag as an inventory tells it. */
export interface ListedTag {
  readonly tag: string;
  /** Absent where the list names tags only: `resolveTag` tells it. */
  readonly digest?: Digest;
  /** When it was pushed, as the registry says. */
  readonly pushedAt?: Date;
}

/** How a registry is asked what lies in it. `configured`: it cannot be asked, its repositories are listed by name. */
export type InventoryWay = 'catalog' | 'harbor' | 'gitlab' | 'quay' | 'ecr' | 'configured';

/**
 * Tells what lies in one registry: where to look, never a fact. A list that lacks something proves nothing about it.
 * Its requests wait for those of verification.
 */
export interface RegistryInventory {
  readonly way: InventoryWay;
  /** Whether `listTags` tells digests, so that no tag has to be asked for. */
  readonly tellsDigests: boolean;

  /**
   * Names of repositories, a page at a time, whatever the configuration covers.
   * @throws {FaultError} `INVENTORY_UNAVAILABLE` where neither the registry nor the configuration tells them, with what
   *   to do; `REGISTRY_*`: could not tell.
   */
  listRepositories(from: string | undefined, signal?: AbortSignal): Promise<InventoryPage<string>>;

  /** The tags of a repository. `null` for the registry's own, definite 404. @throws {FaultError} could not tell. */
  listTags(
    repository: string,
    from: string | undefined,
    signal?: AbortSignal,
  ): Promise<InventoryPage<ListedTag> | null>;

  /** What a tag leads to, by one request without a body. `null` for a definite 404. @throws {FaultError} could not tell. */
  resolveTag(repository: string, tag: string, signal?: AbortSignal): Promise<Digest | null>;
}
