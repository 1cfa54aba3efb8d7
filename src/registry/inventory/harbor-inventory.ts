import { parseDigest } from '../../domain/digest.ts';
import { isRepositoryName, isTagName } from '../../domain/image-reference.ts';
import { isJsonObject } from '../../kit/json.ts';
import type { ListedTag, RegistryInventory } from '../../ports/registry-inventory.ts';
import { artifactsPath } from '../harbor-path.ts';
import type { RegistryClient } from '../registry-client.ts';
import { isDefiniteAbsence } from '../registry-fault.ts';
import type { ApiClient } from './api-client.ts';
import { API_PAGE, afterPage, pageNumber, siftNames } from './page-number.ts';
import { resolveTag } from './resolve-tag.ts';

/**
 * Creates the inventory of a Harbor: repositories of all projects the credentials may list, and artifacts with their
 * digests, tags and push times, a hundred a request. https://goharbor.io/docs/2.14.0/build-customize-contribute/configure-swagger/
 */
export function createHarborInventory(api: ApiClient, client: RegistryClient): RegistryInventory {
  async function list(path: string, page: number, what: string, signal: AbortSignal | undefined) {
    const query = { page: String(page), page_size: String(API_PAGE) };
    const answer = await api.get(path, query, what, signal);
    if (answer.kind === 'refused') return answer;
    if (!Array.isArray(answer.body)) throw api.invalid(what);
    const entries: readonly unknown[] = answer.body;
    return { kind: 'listed', entries } as const;
  }

  return {
    way: 'harbor',
    tellsDigests: true,
    async listRepositories(from, signal) {
      const page = pageNumber(from);
      const what = 'the repositories of Harbor';
      const answer = await list('/api/v2.0/repositories', page, what, signal);
      if (answer.kind === 'refused') throw api.fault(answer.reply, what);
      const names = answer.entries.map((entry) => (isJsonObject(entry) ? entry['name'] : undefined));
      return { ...siftNames(names, isRepositoryName), ...afterPage(page, answer.entries.length) };
    },
    async listTags(repository, from, signal) {
      const page = pageNumber(from);
      const what = `the artifacts of ${repository}`;
      const answer = await list(`/api/v2.0/${artifactsPath(repository)}`, page, what, signal);
      if (answer.kind === 'listed') {
        const entries = answer.entries.flatMap((entry) => tagsOf(entry));
        return { entries, ...afterPage(page, answer.entries.length) };
      }
      if (isDefiniteAbsence(answer.reply)) return null;
      throw api.fault(answer.reply, what);
    },
    resolveTag: (repository, tag, signal) => resolveTag(client, repository, tag, signal),
  };
}

function tagsOf(artifact: unknown): readonly ListedTag[] {
  if (!isJsonObject(artifact)) return [];
  const digest = parseDigest(artifact['digest']);
  // `null` for an artifact without tags.
  const tags = Array.isArray(artifact['tags']) ? artifact['tags'] : [];
  return tags.flatMap((entry: unknown): ListedTag[] => {
    const { name, push_time: pushed = artifact['push_time'] } = isJsonObject(entry) ? entry : {};
    if (typeof name !== 'string' || !isTagName(name)) return [];
    const pushedAt = parseTime(pushed);
    return [{ tag: name, ...(digest !== undefined && { digest }), ...(pushedAt !== undefined && { pushedAt }) }];
  });
}

/** Harbor writes the year 1 for a time it does not know. */
function parseTime(text: unknown): Date | undefined {
  const time = new Date(typeof text === 'string' ? text : Number.NaN);
  return time.getTime() > 0 ? time : undefined;
}
