import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../../src/kit/secret.ts';
import type { InventoryPage } from '../../../src/ports/registry-inventory.ts';
import { openRegistry } from '../../support/open-registry.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushImage } from '../../support/push-image.ts';
import { type Gitea, startGitea } from '../../support/servers/gitea.ts';

describeWithPart(
  ['gitea', 'postgres'],
  'what lies in a Gitea',
  () => {
    let gitea: Gitea;
    beforeAll(async () => {
      gitea = await startGitea();
    });
    afterAll(() => gitea?.stop());

    it('is told whole, though it links to a next page on the last one too', async () => {
      const target = { url: gitea.url, username: gitea.username, password: gitea.password };
      const repository = `${gitea.username}/app`;
      for (const tag of ['v1', 'v2', 'v3']) await pushImage(target, repository, tag);
      const credentials = { kind: 'basic', username: gitea.username, password: new Secret(gitea.password) } as const;
      const { inventory } = openRegistry(gitea.url, { credentials, kind: 'gitea', repositories: ['**'] });
      const all = async <T>(
        list: (from: string | undefined) => Promise<InventoryPage<T> | null | undefined>,
      ): Promise<T[]> => {
        const found: T[] = [];
        let from: string | undefined;
        for (let pages = 0; pages < 10; pages += 1) {
          const page = await list(from);
          if (!page) return found;
          found.push(...page.entries);
          from = page.next;
          if (from === undefined) return found;
        }
        return expect.fail('it never ends');
      };
      const signal = AbortSignal.timeout(20_000);
      expect(await all(async (from) => inventory?.listRepositories(from, signal))).toEqual([repository]);
      const tags = await all(async (from) => inventory?.listTags(repository, from, signal));
      expect(tags.map(({ tag }) => tag)).toEqual(['v1', 'v2', 'v3']);
    });
  },
  'native',
);
