import { describe, expect, it } from 'vitest';
import { type Digest, parseDigest } from '../../src/domain/digest.ts';
import type { InventoryPage, ListedTag, RegistryInventory } from '../../src/ports/registry-inventory.ts';

/** A registry with a way to put things into it that is not the one under test. */
export interface InventoryStage {
  readonly inventory: RegistryInventory;
  /** Puts some image under a tag, another one each time; resolves with its digest. */
  push(repository: string, tag: string): Promise<Digest>;
}

export interface InventoryAbilities {
  /** Whether it tells its repositories by itself; else those of the stage are configured: `acme/app` and `acme/web`. */
  readonly listsRepositories: boolean;
}

/** The repositories that tests push to. */
const [APP, WEB] = ['acme/app', 'acme/web'];
/** More than a page of any stage holds. */
const TAGS = ['v1', 'v2', 'v3', 'v4', 'v5'];

/** All of a list, page after page, each from what was kept of the one before. */
export async function readAll<Entry>(
  read: (from: string | undefined) => Promise<InventoryPage<Entry> | null>,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let from: string | undefined;
  do {
    const page: InventoryPage<Entry> | null = await read(from);
    entries.push(...(page?.entries ?? []));
    from = page?.next;
  } while (from !== undefined);
  return entries;
}

/** What the port `RegistryInventory` promises, whatever stands behind it. `start` keeps it for one test. */
export function describeInventory(
  name: string,
  { listsRepositories }: InventoryAbilities,
  start: () => Promise<InventoryStage>,
): void {
  const tagsOf = ({ inventory }: InventoryStage, repository = APP): Promise<readonly ListedTag[]> =>
    readAll((from) => inventory.listTags(repository, from));

  describe(`${name}, as an inventory`, () => {
    it('tells every repository once', async () => {
      const stage = await start();
      for (const repository of [APP, WEB]) await stage.push(repository, 'v1');
      const all = await readAll((from) => stage.inventory.listRepositories(from));
      expect(all.toSorted()).toEqual([APP, WEB]);
      expect(stage.inventory.way === 'configured').toBe(!listsRepositories);
    });

    it('tells every tag of a repository once, with its digest where it says that it tells digests', async () => {
      const stage = await start();
      const pushed = new Map<string, Digest>();
      for (const tag of TAGS) pushed.set(tag, await stage.push(APP, tag));
      const told = await tagsOf(stage);
      expect(told.map(({ tag }) => tag).toSorted()).toEqual(TAGS);
      for (const { tag, digest } of told) {
        expect(digest).toBe(stage.inventory.tellsDigests ? pushed.get(tag) : undefined);
      }
    });

    it('tells what a tag leads to, and where it leads once it has moved', async () => {
      const stage = await start();
      const first = await stage.push(APP, 'latest');
      expect(await stage.inventory.resolveTag(APP, 'latest')).toBe(first);
      const second = await stage.push(APP, 'latest');
      expect(second).not.toBe(first);
      expect(await stage.inventory.resolveTag(APP, 'latest')).toBe(second);
      const [told] = await tagsOf(stage);
      expect(told?.digest ?? second).toBe(second);
    });

    it('tells apart what is not there', async () => {
      const stage = await start();
      await stage.push(APP, 'v1');
      expect(await stage.inventory.resolveTag(APP, 'nowhere')).toBeNull();
      // Some registries answer that an unknown repository has no tags.
      expect((await stage.inventory.listTags('acme/nowhere', undefined))?.entries ?? []).toEqual([]);
    });

    it('tells digests that are digests', async () => {
      const stage = await start();
      await stage.push(APP, 'v1');
      for (const { digest } of await tagsOf(stage)) expect(parseDigest(digest)).toBe(digest);
      expect(parseDigest(await stage.inventory.resolveTag(APP, 'v1'))).toBeDefined();
    });

    it('stops when its caller gives up', async () => {
      const stage = await start();
      const signal = AbortSignal.abort(new Error('given up'));
      await expect(stage.inventory.listTags(APP, undefined, signal)).rejects.toThrow('given up');
      await expect(stage.inventory.resolveTag(APP, 'v1', signal)).rejects.toThrow('given up');
    });
  });
}
