import { isRepositoryName } from '../../domain/image-reference.ts';
import { FaultError } from '../../kit/errors.ts';
import type { InventoryPage, RegistryInventory } from '../../ports/registry-inventory.ts';
import type { RegistryClient } from '../registry-client.ts';
import { isFromRegistry, isTooMany, replyFault } from '../registry-fault.ts';
import type { ConfiguredNames } from './configured-names.ts';
import { createTagLister } from './list-tags.ts';
import { type NamesAnswer, readNames } from './read-names.ts';
import { resolveTag } from './resolve-tag.ts';

/**
 * Creates the inventory of a registry by the distribution API: its catalogue, or, where it keeps none or not for us, the
 * repositories that are configured by their full names.
 * https://distribution.github.io/distribution/spec/api/#listing-repositories
 */
export function createCatalogInventory(client: RegistryClient, configured: ConfiguredNames): RegistryInventory {
  const url = new URL('/v2/_catalog', client.base);
  const what = 'the catalogue';
  const list = { client, url, member: 'repositories', what, isName: isRepositoryName } as const;
  // Where all are named, no list of others is needed.
  const isAsked = configured.globs.length > 0;
  return {
    way: isAsked ? 'catalog' : 'configured',
    tellsDigests: false,
    async listRepositories(from, signal) {
      if (!isAsked) return { entries: configured.names };
      const answer = await readNames(list, from, signal).catch(refusedToken);
      if (answer.kind === 'page') return answer.page;
      const fault = 'fault' in answer ? answer.fault : replyFault(answer.reply, client.host, what);
      if (from !== undefined || !isRefusal(answer)) throw fault;
      return withoutCatalog(client.host, configured, {
        cause: fault,
        // A 404 of what stands before the registry may be another the next time.
        retryable: 'reply' in answer && !isFromRegistry(answer.reply) && answer.reply.status === 404,
      });
    },
    listTags: createTagLister(client),
    resolveTag: (repository, tag, signal) => resolveTag(client, repository, tag, signal),
  };
}

interface RefusedToken {
  readonly kind: 'refused';
  readonly fault: FaultError;
}

/** Some registries refuse the token for the catalogue, others the catalogue. */
function refusedToken(fault: unknown): RefusedToken {
  const isOne = fault instanceof FaultError && ['REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED'].includes(fault.code);
  if (!isOne) throw fault;
  return { kind: 'refused', fault };
}

const REFUSALS = new Set([401, 403, 404, 405, 501]);

function isRefusal(answer: Extract<NamesAnswer, { kind: 'refused' }> | RefusedToken): boolean {
  return 'fault' in answer || (REFUSALS.has(answer.reply.status) && !isTooMany(answer.reply));
}

function withoutCatalog(
  host: string,
  { names, globs }: ConfiguredNames,
  { cause, retryable }: { readonly cause: FaultError; readonly retryable: boolean },
): InventoryPage<string> {
  const why = `${host} does not tell which repositories it has (${cause.message})`;
  if (names.length > 0) return { entries: names, notTold: [`${why}: nothing is found for ${globs.join(', ')}`] };
  throw new FaultError('INVENTORY_UNAVAILABLE', why, {
    retryable,
    cause,
    hint: 'Name the repositories in `repositories` without globs, or give the credentials the right to the catalogue; for Harbor, GitLab, Quay and Amazon ECR set `kind` (docs/operations.md, Inventory).',
  });
}
