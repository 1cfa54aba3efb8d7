import { expect, it } from 'vitest';
import type { ScanPlace } from '../../../../src/cli/scan/scan-places.ts';
import { createScanProgress } from '../../../../src/cli/scan/scan-progress.ts';
import { walkImages } from '../../../../src/cli/scan/walk-images.ts';
import { digestOf } from '../../../../src/domain/digest.ts';
import { FaultError } from '../../../../src/kit/errors.ts';
import { createMemoryInventory, type MemoryInventory } from '../../../support/memory-inventory.ts';

const HOST = 'r.example';
const DIGEST = digestOf(Buffer.from('an image'));

/** What these tests need of a place: its name, and what lies in it. */
function placeOf(inventory: MemoryInventory): ScanPlace {
  const registries = { own: { host: HOST, inventory } } as unknown as ScanPlace['registries'];
  return { registries, covers: () => true };
}

async function walk(inventory: MemoryInventory, interruption = new AbortController()) {
  const progress = createScanProgress({ images: [], done: [] });
  const visited: string[][] = [];
  const { signal } = interruption;
  const visit = async (_: unknown, { tags }: { tags: readonly string[] }) => void visited.push([...tags]);
  await walkImages([placeOf(inventory)], { progress, isCovered: () => true, visit, signal });
  return { progress, visited };
}

function filled(count: number): MemoryInventory {
  const inventory = createMemoryInventory({ pageSize: 1000 });
  for (let index = 0; index < count; index += 1) inventory.put('acme/app', `v${index}`, DIGEST);
  return inventory;
}

it('visits an image once, with all tags that lead to it', async () => {
  const { visited, progress } = await walk(filled(2500));
  expect(visited).toHaveLength(1);
  expect(visited[0]).toHaveLength(2500);
  expect(progress.before().done).toEqual([`${HOST}/acme/app`]);
});

it('does not take a repository for done of which a tag could not be told, so that the next scan tries it', async () => {
  const inventory = filled(3);
  inventory.failOn('HEAD acme/app:v1', new FaultError('REGISTRY_UNREACHABLE', 'it is away', { retryable: true }));
  const { progress, visited } = await walk(inventory);
  expect(visited).toEqual([['v0', 'v2']]);
  expect(progress.outcome().notTold).toMatchObject([{ where: `${HOST}/acme/app:v1`, code: 'REGISTRY_UNREACHABLE' }]);
  expect(progress.before().done).toEqual([]);
});

it.each(['repositories', 'tags', 'HEAD'])(
  'ends in peace when it is interrupted during the request %s',
  async (start) => {
    const inventory = filled(3);
    const interruption = new AbortController();
    const interrupting =
      <Args extends readonly unknown[], Answer>(ask: (...args: Args) => Answer) =>
      (...args: Args): Answer => {
        const answer = ask(...args);
        if (inventory.requests.at(-1)?.startsWith(start)) interruption.abort(new Error('interrupted by SIGINT'));
        return answer;
      };
    const interrupted: MemoryInventory = {
      ...inventory,
      listRepositories: interrupting(inventory.listRepositories),
      listTags: interrupting(inventory.listTags),
      resolveTag: interrupting(inventory.resolveTag),
    };
    const { progress, visited } = await walk(interrupted, interruption);
    expect(visited).toEqual([]);
    expect(progress.outcome().notTold).toEqual([]);
    expect(progress.before().done).toEqual([]);
  },
);
