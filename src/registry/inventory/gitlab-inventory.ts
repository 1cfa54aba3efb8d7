import { isRepositoryName } from '../../domain/image-reference.ts';
import { literalFolder } from '../../kit/glob.ts';
import { isJsonObject } from '../../kit/json.ts';
import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import type { RegistryClient } from '../registry-client.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import type { ConfiguredNames } from './configured-names.ts';
import { listByNamespace } from './list-by-namespace.ts';
import { createTagLister } from './list-tags.ts';
import { API_PAGE, afterPage, pageNumber, siftNames } from './page-number.ts';
import { resolveTag } from './resolve-tag.ts';

/**
 * Creates the inventory of a GitLab: the registry repositories of groups, with their subgroups, and of projects. Tags come
 * from the registry itself: GitLab's list of them tells no digest either, and a tag's details cost a request as HEAD does.
 * https://docs.gitlab.com/api/container_registry/
 */
export function createGitlabInventory(
  api: ApiClient,
  client: RegistryClient,
  configured: ConfiguredNames,
): RegistryInventory {
  async function read(namespace: string, from: string | undefined, signal: AbortSignal | undefined) {
    const page = pageNumber(from);
    const what = `the registry repositories of ${namespace}`;
    const ask = (kind: 'groups' | 'projects'): Promise<ApiAnswer> => {
      const path = `/api/v4/${kind}/${encodeURIComponent(namespace)}/registry/repositories`;
      return api.get(path, { page: String(page), per_page: String(API_PAGE) }, what, signal);
    };
    let answer = await ask('groups');
    if (answer.kind === 'refused' && answer.reply.status === 404) answer = await ask('projects');
    if (answer.kind === 'refused' && answer.reply.status === 404) {
      return { entries: [], notTold: [`${api.host} knows no group and no project ${namespace}, or hides it from us`] };
    }
    if (answer.kind === 'refused') throw api.fault(answer.reply, what);
    if (!Array.isArray(answer.body)) throw api.invalid(what);
    const entries: readonly unknown[] = answer.body;
    const paths = entries.map((entry) => (isJsonObject(entry) ? entry['path'] : undefined));
    return { ...siftNames(paths, isRepositoryName), ...afterPage(page, entries.length) };
  }

  return {
    way: 'gitlab',
    tellsDigests: false,
    listRepositories: listByNamespace({
      host: api.host,
      configured,
      namespaceOf: literalFolder,
      word: 'group or project',
      read,
    }),
    listTags: createTagLister(client),
    resolveTag: (repository, tag, signal) => resolveTag(client, repository, tag, signal),
  };
}
