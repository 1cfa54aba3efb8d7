import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RegistryInventory } from '../../../../src/ports/registry-inventory.ts';
import { openEcr } from '../../../support/open-ecr.ts';
import { describeWithPart } from '../../../support/parts.ts';
import { pushToEcr } from '../../../support/push-to-ecr.ts';
import { type Ecr, startEcr } from '../../../support/servers/ecr.ts';

describeWithPart(
  ['moto', 'olareg'],
  'what lies in ECR',
  () => {
    let ecr: Ecr;
    beforeAll(async () => {
      ecr = await startEcr();
    });
    afterEach(() => ecr.answer(() => undefined));
    afterAll(() => ecr.stop());

    function open(): RegistryInventory {
      const { inventory } = openEcr(ecr, { limits: { retries: 0 } });
      if (inventory === undefined) throw new Error('opened without an inventory');
      return inventory;
    }

    it('is told with digests, tags and push times, by one request a repository and none a tag', async () => {
      const [a, b] = [await pushToEcr(ecr, 'acme/app', 'v1', 'latest'), await pushToEcr(ecr, 'acme/app', 'v2')];
      await pushToEcr(ecr, 'acme/web', 'v1');
      const inventory = open();
      const before = ecr.asked.length;
      expect(await inventory.listRepositories(undefined)).toEqual({ entries: ['acme/app', 'acme/web'] });
      const tags = await inventory.listTags('acme/app', undefined);
      expect(tags).toEqual({
        entries: [
          { tag: 'v1', digest: a.digest, pushedAt: expect.any(Date) },
          { tag: 'latest', digest: a.digest, pushedAt: expect.any(Date) },
          { tag: 'v2', digest: b.digest, pushedAt: expect.any(Date) },
        ],
      });
      expect(ecr.asked.slice(before)).toEqual(['DescribeRepositories', 'DescribeImages']);
      expect(inventory).toMatchObject({ way: 'ecr', tellsDigests: true });
      expect(await inventory.resolveTag('acme/app', 'v2')).toBe(b.digest);
    });

    it('is nothing where ECR definitely has no such repository or tag', async () => {
      await pushToEcr(ecr, 'acme/there', 'v1');
      expect(await open().listTags('acme/none', undefined)).toBeNull();
      expect(await open().resolveTag('acme/none', 'v1')).toBeNull();
      expect(await open().resolveTag('acme/there', 'none')).toBeNull();
    });

    it('is read page by page, from where somebody stopped', async () => {
      const inputs: object[] = [];
      ecr.answer((action, input) => {
        inputs.push(input);
        const isLast = input['nextToken'] !== undefined;
        const more = isLast ? {} : { nextToken: 'opaque/+=' };
        const n = isLast ? 2 : 1;
        const images = [{ imageTags: [`v${n}`], imageDigest: `sha256:${String(n).repeat(64)}` }];
        if (action === 'DescribeImages') return { status: 200, body: { imageDetails: images, ...more } };
        return { status: 200, body: { repositories: [{ repositoryName: `acme/${n}` }], ...more } };
      });
      const inventory = open();
      const repositories = await inventory.listRepositories(undefined);
      expect(repositories.entries).toEqual(['acme/1']);
      expect(await inventory.listRepositories(repositories.next)).toEqual({ entries: ['acme/2'] });
      const tags = await inventory.listTags('acme/1', undefined);
      expect(tags?.entries).toMatchObject([{ tag: 'v1' }]);
      // Another process, which knows what is on record.
      expect(await open().listTags('acme/1', tags?.next)).toEqual({
        entries: [{ tag: 'v2', digest: `sha256:${'2'.repeat(64)}` }],
      });
      const { registryId } = ecr;
      expect(inputs.at(-1)).toEqual({
        registryId,
        repositoryName: 'acme/1',
        maxResults: 100,
        nextToken: 'opaque/+=',
        filter: { tagStatus: 'TAGGED', imageStatus: 'ACTIVE' },
      });
      expect(inputs[0]).toEqual({ registryId, maxResults: 1000 });
    });

    it('begins anew where AWS has forgotten the page that is on record', async () => {
      let given = 0;
      ecr.answer((_, input) =>
        input['nextToken'] === undefined
          ? { status: 200, body: { repositories: [{ repositoryName: 'acme/app' }], nextToken: `token ${++given}` } }
          : { status: 400, body: { __type: 'InvalidParameterException' } },
      );
      const first = await open().listRepositories(undefined);
      expect((await open().listRepositories(first.next)).entries).toEqual(['acme/app']);
      expect(given).toBe(2);
    });

    it('is a fault where the list leads in a circle', async () => {
      let calls = 0;
      ecr.answer(() => ({ status: 200, body: { repositories: [], nextToken: `page ${calls++ % 3}` } }));
      const inventory = open();
      const walk = async (): Promise<void> => {
        let next: string | undefined;
        do next = (await inventory.listRepositories(next)).next;
        while (next !== undefined);
      };
      await expect(walk()).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID', retryable: false });
      expect(calls).toBeLessThan(12);
    });

    it('leaves out what is archived, though ECR lists it, and what has no name anybody could pull', async () => {
      const image = (imageStatus: string | undefined, tag: string) => ({
        imageTags: [tag, '../etc'],
        imageDigest: `sha256:${'a'.repeat(64)}`,
        ...(imageStatus !== undefined && { imageStatus }),
      });
      const imageDetails = [
        image('ARCHIVED', 'old'),
        image('ACTIVATING', 'thawing'),
        image('ACTIVE', 'v1'),
        image(undefined, 'v0'),
        { imageTags: ['odd'], imageDigest: 'sha256:short' },
      ];
      ecr.answer(() => ({ status: 200, body: { imageDetails } }));
      expect((await open().listTags('acme/app', undefined))?.entries.map(({ tag }) => tag)).toEqual([
        'v1',
        'v0',
        'odd',
      ]);
      expect((await open().listTags('acme/app', undefined))?.entries.at(-1)).toEqual({ tag: 'odd' });
      expect(await open().resolveTag('acme/app', 'old')).toBeNull();
      const names = ['acme/app', 'UPPER', '../x', undefined].map((repositoryName) => ({ repositoryName }));
      ecr.answer(() => ({ status: 200, body: { repositories: names } }));
      expect(await open().listRepositories(undefined)).toEqual({
        entries: ['acme/app'],
        notTold: ['its repositories: not looked at, because they are no names: UPPER, ../x, '],
      });
    });

    it('holds a hundred images of a thousand long tags each, in one answer', async () => {
      const tag = (n: number) => `${n}`.padStart(128, 't');
      const imageDetails = Array.from({ length: 100 }, (_, image) => ({
        imageDigest: `sha256:${String(image).padStart(64, '0')}`,
        imageTags: Array.from({ length: 1_000 }, (__, n) => tag(image * 1_000 + n)),
      }));
      ecr.answer(() => ({ status: 200, body: { imageDetails } }));
      expect((await open().listTags('acme/app', undefined))?.entries.length).toBe(100_000);
    });
  },
  'native',
);
