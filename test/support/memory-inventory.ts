import type { Digest } from '../../src/domain/digest.ts';
import type { FaultError } from '../../src/kit/errors.ts';
import type { InventoryPage, ListedTag, RegistryInventory } from '../../src/ports/registry-inventory.ts';

export interface MemoryInventoryOptions {
  /** Entries of a page; 2 by default. */
  readonly pageSize?: number;
  /** Whether lists of tags tell where they lead; false by default. */
  readonly tellsDigests?: boolean;
}

/** What a registry holds, in memory, for tests of what goes through it. */
export interface MemoryInventory extends RegistryInventory {
  /** Every request so far: `repositories FROM`, `tags REPOSITORY FROM` or `HEAD REPOSITORY:TAG`. */
  readonly requests: readonly string[];
  clearRequests(): void;
  put(repository: string, tag: string, digest: Digest, pushedAt?: Date): void;
  /** A tag, or the whole repository. */
  remove(repository: string, tag?: string): void;
  /** Answers requests that begin with this text with a fault, from now on or (`undefined`) no longer. */
  failOn(start: string, fault: FaultError | undefined): void;
}

/** Creates an empty one; lists come in pages, by name, as registries give them. */
export function createMemoryInventory(options: MemoryInventoryOptions = {}): MemoryInventory {
  const { pageSize = 2, tellsDigests = false } = options;
  const repositories = new Map<string, Map<string, ListedTag & { readonly digest: Digest }>>();
  const faults = new Map<string, FaultError>();
  const requests: string[] = [];

  async function request(line: string, signal: AbortSignal | undefined): Promise<void> {
    requests.push(line);
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    for (const [start, fault] of faults) if (line.startsWith(start)) throw fault;
  }
  function page<Entry>(
    names: Iterable<string>,
    from: string | undefined,
    entryOf: (name: string) => Entry,
  ): InventoryPage<Entry> {
    const left = [...names].toSorted().filter((name) => from === undefined || name > from);
    const here = left.slice(0, pageSize);
    const last = here.at(-1);
    return { entries: here.map(entryOf), ...(left.length > pageSize && last !== undefined && { next: last }) };
  }

  return {
    way: tellsDigests ? 'harbor' : 'catalog',
    tellsDigests,
    async listRepositories(from, signal) {
      await request(`repositories ${from ?? ''}`, signal);
      return page(repositories.keys(), from, (name) => name);
    },
    async listTags(repository, from, signal) {
      await request(`tags ${repository} ${from ?? ''}`, signal);
      const tags = repositories.get(repository);
      if (tags === undefined) return null;
      return page(tags.keys(), from, (tag) => (tellsDigests ? { ...tags.get(tag), tag } : { tag }));
    },
    async resolveTag(repository, tag, signal) {
      await request(`HEAD ${repository}:${tag}`, signal);
      return repositories.get(repository)?.get(tag)?.digest ?? null;
    },
    requests,
    clearRequests: () => {
      requests.length = 0;
    },
    put(repository, tag, digest, pushedAt) {
      const tags = repositories.get(repository) ?? new Map();
      repositories.set(repository, tags.set(tag, { tag, digest, ...(pushedAt !== undefined && { pushedAt }) }));
    },
    remove(repository, tag) {
      if (tag === undefined) repositories.delete(repository);
      else repositories.get(repository)?.delete(tag);
    },
    failOn(start, fault) {
      if (fault === undefined) faults.delete(start);
      else faults.set(start, fault);
    },
  };
}
