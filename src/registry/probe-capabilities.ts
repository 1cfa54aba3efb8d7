import { digestOf } from '../domain/digest.ts';
import type { Capability } from '../domain/registry-kind.ts';
import { FaultError } from '../kit/errors.ts';
import type { RegistryInventory } from '../ports/registry-inventory.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import type { CapabilityMemory } from './capability-memory.ts';
import type { RegistryClient } from './registry-client.ts';
import { isFromRegistry, isTooMany } from './registry-fault.ts';

/** Whether tags are kept from being moved, where there is a way to read that. */
export interface TagRules {
  readonly support: 'yes' | 'no';
  /** Where; absent: everywhere it was looked. */
  readonly repository?: string;
}

export interface ProbeOptions {
  readonly memory: Pick<CapabilityMemory, 'learn'>;
  readonly client: RegistryClient;
  readonly reader: Pick<RegistryReader, 'listReferrers'>;
  readonly inventory: RegistryInventory;
  /** As configured: one named in full is asked about first. */
  readonly repositories: readonly string[];
  readonly covers: (repository: string) => boolean;
  /** Reads the rules about tags by an API of the registry's own; absent: there is none. `null`: could not tell. */
  readonly readTagRules?: (repository: string | undefined, signal?: AbortSignal) => Promise<TagRules | null>;
}

/**
 * Learns what can be learned of a registry by reading: whether it has a catalogue, whether it lists referrers, asked
 * about an image that nobody has, and what its rules about tags are. What only a write shows is left to our writes.
 */
export async function probeCapabilities(options: ProbeOptions, signal?: AbortSignal): Promise<void> {
  const { memory, reader } = options;
  const learn = (capability: Capability, support: 'yes' | 'no' | undefined): void => {
    if (support !== undefined) memory.learn({ capability, support, by: 'reading' });
  };
  learn('catalogue', await orUntold(readCatalogue(options, signal)));
  const repository = await findRepository(options, signal);
  // The lister itself tells the memory what the answer shows.
  if (repository !== undefined) await orUntold(reader.listReferrers(repository, NOBODYS, signal));
  const rules = await orUntold(options.readTagRules?.(repository, signal) ?? Promise.resolve(null));
  if (rules) memory.learn({ capability: 'immutable', by: 'reading', ...rules });
}

/** The digest of nothing anybody pushes. */
const NOBODYS = digestOf(Buffer.from('Lazaret asks whether this registry lists referrers.'));

const NO_CATALOGUE = new Set([403, 404, 405, 501]);

/** `undefined`: it could not tell. A 401 is about our credentials, and a refusal to wait about nothing. */
async function readCatalogue(options: ProbeOptions, signal?: AbortSignal): Promise<'yes' | 'no' | undefined> {
  const { client, inventory } = options;
  if (inventory.way !== 'catalog' && inventory.way !== 'configured') {
    await inventory.listRepositories(undefined, signal);
    return 'yes';
  }
  const url = new URL('/v2/_catalog?n=1', client.base);
  const maxBytes = client.limits.manifestBytes;
  const request = { method: 'GET', url, actions: [], isCatalog: true, isBackground: true, maxBytes } as const;
  const reply = await client.send(request, signal);
  if (reply.status === 200) return 'yes';
  if (!NO_CATALOGUE.has(reply.status) || isTooMany(reply)) return undefined;
  // What stands before a registry that is down answers 404, too.
  return reply.status !== 404 || isFromRegistry(reply) ? 'no' : undefined;
}

async function findRepository(options: ProbeOptions, signal?: AbortSignal): Promise<string | undefined> {
  const { repositories, covers, inventory } = options;
  const named = repositories.find((glob) => !/[*?]/.test(glob));
  if (named !== undefined) return named;
  const page = await orUntold(inventory.listRepositories(undefined, signal));
  return page?.entries.find(covers);
}

/** A fault of the world leaves things untold; a defect is not hidden. */
async function orUntold<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (error instanceof FaultError) return undefined;
    throw error;
  });
}
