import { FaultError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { InventoryPage, RegistryInventory } from '../../ports/registry-inventory.ts';
import type { ConfiguredNames } from './configured-names.ts';

export interface NamespaceListing {
  readonly host: string;
  readonly configured: ConfiguredNames;
  /** The namespace whose list serves a glob; `undefined` if none does. */
  readonly namespaceOf: (glob: string) => string | undefined;
  /** What a namespace is called there, e.g. `group`. */
  readonly word: string;
  /** One page of the repositories of a namespace. */
  readonly read: (
    namespace: string,
    from: string | undefined,
    signal: AbortSignal | undefined,
  ) => Promise<InventoryPage<string>>;
}

/**
 * Creates the listing of repositories where a registry tells only those of one namespace after the other: of those that
 * the configuration names, before the first wildcard of its globs. Full names are known without asking.
 */
export function listByNamespace(listing: NamespaceListing): RegistryInventory['listRepositories'] {
  const { configured, namespaceOf, read } = listing;
  const served = configured.globs.map((glob) => ({ glob, namespace: namespaceOf(glob) }));
  const namespaces = [...new Set(served.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace])))];
  const idle = served.flatMap(({ glob, namespace }) => (namespace === undefined ? [glob] : []));

  return async (from, signal) => {
    const { at, inner } = parsePlace(from);
    const namespace = namespaces[at];
    if (namespace === undefined && configured.names.length === 0) throw unavailable(listing, idle);
    const own = namespace === undefined ? { entries: [] } : await read(namespace, inner, signal);
    const isFirst = from === undefined;
    const next =
      own.next !== undefined ? { at, inner: own.next } : at + 1 < namespaces.length ? { at: at + 1 } : undefined;
    const notTold = [...(own.notTold ?? []), ...(isFirst && idle.length > 0 ? [notServed(listing, idle)] : [])];
    return {
      entries: [...(isFirst ? configured.names : []), ...own.entries],
      ...(next !== undefined && { next: JSON.stringify(next) }),
      ...(notTold.length > 0 && { notTold }),
    };
  };
}

interface Place {
  readonly at: number;
  readonly inner?: string | undefined;
}

function parsePlace(from: string | undefined): Place {
  if (from === undefined) return { at: 0 };
  try {
    const place = parseJson(from);
    const { at, inner } = isJsonObject(place) ? place : {};
    if (typeof at !== 'number') return { at: 0 };
    return { at, inner: typeof inner === 'string' ? inner : undefined };
  } catch {
    // Another version of Lazaret wrote it, so the list begins again.
    return { at: 0 };
  }
}

function notServed({ host, word }: NamespaceListing, globs: readonly string[]): string {
  return `${host} tells the repositories of one ${word} at a time, and none is named by ${globs.join(', ')}`;
}

function unavailable(listing: NamespaceListing, globs: readonly string[]): FaultError {
  return new FaultError('INVENTORY_UNAVAILABLE', notServed(listing, globs), {
    retryable: false,
    hint: `Write in \`repositories\` which ${listing.word}: acme/** instead of **, or full names.`,
  });
}
