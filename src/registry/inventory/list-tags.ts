import { isTagName } from '../../domain/image-reference.ts';
import type { RegistryInventory } from '../../ports/registry-inventory.ts';
import { repositoryUrl } from '../http/registry-url.ts';
import type { RegistryClient } from '../registry-client.ts';
import { isDefiniteAbsence, replyFault } from '../registry-fault.ts';
import { readNames } from './read-names.ts';

/** Creates the listing of tags by the distribution API: names only. */
export function createTagLister(client: RegistryClient): RegistryInventory['listTags'] {
  return async (repository, from, signal) => {
    const what = `the tags of ${repository}`;
    const url = repositoryUrl(client.base, repository, 'tags/list');
    const list = { client, url, repository, member: 'tags', what, isName: isTagName } as const;
    const answer = await readNames(list, from, signal);
    if (answer.kind === 'page') return { ...answer.page, entries: answer.page.entries.map((tag) => ({ tag })) };
    if (isDefiniteAbsence(answer.reply)) return null;
    throw replyFault(answer.reply, client.host, what);
  };
}
