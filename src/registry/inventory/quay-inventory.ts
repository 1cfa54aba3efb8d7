import { parseDigest } from '../../domain/digest.ts';
import { isRepositoryName, isTagName } from '../../domain/image-reference.ts';
import { literalFolder } from '../../kit/glob.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import type { ListedTag, RegistryInventory } from '../../ports/registry-inventory.ts';
import type { RegistryClient } from '../registry-client.ts';
import type { RegistryReply } from '../registry-fault.ts';
import type { ApiClient } from './api-client.ts';
import type { ConfiguredNames } from './configured-names.ts';
import { INVENTORY_LIMITS } from './limits.ts';
import { listByNamespace } from './list-by-namespace.ts';
import { API_PAGE, pageNumber, siftNames } from './page-number.ts';
import { resolveTag } from './resolve-tag.ts';

/**
 * Creates the inventory of a Quay: the repositories of one organization or user after the other, and tags that are alive
 * with their digests and times. https://docs.redhat.com/en/documentation/red_hat_quay/3/html/red_hat_quay_api_guide/
 */
export function createQuayInventory(
  api: ApiClient,
  client: RegistryClient,
  configured: ConfiguredNames,
): RegistryInventory {
  async function read(namespace: string, from: string | undefined, signal: AbortSignal | undefined) {
    const what = `the repositories of ${namespace}`;
    // Those that everybody may see are not listed unless asked for.
    const query = { namespace, public: 'true', ...(from !== undefined && { next_page: from }) };
    const answer = await api.get('/api/v1/repository', query, what, signal);
    if (answer.kind === 'refused') throw api.fault(answer.reply, what);
    const { repositories, next_page: next } = isJsonObject(answer.body) ? answer.body : {};
    if (!Array.isArray(repositories)) throw api.invalid(what);
    // Whatever it answers, only those of the namespace are taken.
    const names = repositories.map((entry: unknown) =>
      isJsonObject(entry) && entry['namespace'] === namespace ? `${namespace}/${entry['name']}` : undefined,
    );
    if (next === from && next !== undefined) throw api.invalid(`${what} in pages, and no circle`);
    return {
      ...siftNames(names, isRepositoryName),
      ...(typeof next === 'string' && next.length <= INVENTORY_LIMITS.queryCharacters && next !== '' && { next }),
    };
  }

  return {
    way: 'quay',
    tellsDigests: true,
    listRepositories: listByNamespace({
      host: api.host,
      configured,
      namespaceOf: (glob) => literalFolder(glob)?.split('/')[0],
      word: 'organization',
      read,
    }),
    async listTags(repository, from, signal) {
      const page = pageNumber(from);
      const what = `the tags of ${repository}`;
      const query = { onlyActiveTags: 'true', limit: String(API_PAGE), page: String(page) };
      const answer = await api.get(`/api/v1/repository/${repository}/tag/`, query, what, signal);
      if (answer.kind === 'refused' && isAbsent(answer.reply)) return null;
      if (answer.kind === 'refused') throw api.fault(answer.reply, what);
      const { tags, has_additional: hasMore } = isJsonObject(answer.body) ? answer.body : {};
      if (!Array.isArray(tags)) throw api.invalid(what);
      const isMore = hasMore === true && tags.length > 0 && page < INVENTORY_LIMITS.pages;
      return { entries: tags.flatMap((entry) => parseTag(entry)), ...(isMore && { next: String(page + 1) }) };
    },
    resolveTag: (repository, tag, signal) => resolveTag(client, repository, tag, signal),
  };
}

/** Quay's own 404, and not that of something before it. */
function isAbsent({ status, body }: RegistryReply): boolean {
  if (status !== 404) return false;
  try {
    const answer = parseJson(body);
    return isJsonObject(answer) && answer['error_type'] === 'not_found';
  } catch {
    return false;
  }
}

function parseTag(entry: unknown): ListedTag[] {
  const { name, manifest_digest: written, start_ts: start } = isJsonObject(entry) ? entry : {};
  if (typeof name !== 'string' || !isTagName(name)) return [];
  const digest = parseDigest(written);
  const pushedAt = typeof start === 'number' && start > 0 ? new Date(start * 1_000) : undefined;
  const isTime = pushedAt !== undefined && !Number.isNaN(pushedAt.getTime());
  return [{ tag: name, ...(digest !== undefined && { digest }), ...(isTime && { pushedAt }) }];
}
