import { onTestFinished } from 'vitest';
import type { ApiKind } from '../../src/domain/api-kind.ts';
import { digestOf } from '../../src/domain/digest.ts';
import { Secret } from '../../src/kit/secret.ts';
import type { RegistryOptions } from '../../src/registry/registry-options.ts';
import { startInventoryApi } from '../support/inventory-apis.ts';
import { createMemoryInventory } from '../support/memory-inventory.ts';
import { openEcr } from '../support/open-ecr.ts';
import { openRegistry } from '../support/open-registry.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushImage } from '../support/push-image.ts';
import { pushToEcr } from '../support/push-to-ecr.ts';
import { startDistribution } from '../support/servers/distribution.ts';
import { startEcr } from '../support/servers/ecr.ts';
import { startOlareg } from '../support/servers/olareg.ts';
import { TEST_USERS } from '../support/servers/test-users.ts';
import { describeInventory, type InventoryStage } from './inventory.contract.ts';

function inMemory(tellsDigests: boolean): () => Promise<InventoryStage> {
  return async () => {
    const inventory = createMemoryInventory({ tellsDigests });
    let serial = 0;
    return {
      inventory,
      push: async (repository, tag) => {
        const digest = digestOf(Buffer.from(`${repository} ${tag} ${++serial}`));
        inventory.put(repository, tag, digest);
        return digest;
      },
    };
  };
}

function onServer(
  start: () => Promise<{ readonly url: string; stop(): Promise<void> }>,
  options: Partial<RegistryOptions> = {},
  user?: { readonly username: string; readonly password: string },
): () => Promise<InventoryStage> {
  return async () => {
    const server = await start();
    onTestFinished(() => server.stop());
    const { inventory } = openRegistry(server.url, options);
    if (inventory === undefined) throw new Error('this registry was opened without an inventory');
    const target = user === undefined ? server.url : { url: server.url, ...user };
    let serial = 0;
    return {
      inventory,
      push: async (repository, tag) =>
        (await pushImage(target, repository, tag, { annotations: { serial: String(++serial) } })).digest,
    };
  };
}

const CATALOG = { listsRepositories: true };
const NAMES = { listsRepositories: false };
const NAMED = { repositories: ['acme/app', 'acme/web'] };
const WRITER = { username: 'writer', password: TEST_USERS.writer.password };
const WITH_TOKENS = {
  ...NAMED,
  credentials: { kind: 'basic', username: WRITER.username, password: new Secret(WRITER.password) },
} as const;

describeInventory('an inventory in memory', CATALOG, inMemory(false));
describeInventory('an inventory in memory that tells digests', CATALOG, inMemory(true));
describeWithPart('registry', 'distribution', () => {
  describeInventory('distribution', CATALOG, onServer(startDistribution));
  describeInventory('distribution with names', NAMES, onServer(startDistribution, NAMED));
});
describeWithPart('olareg', 'olareg', () => {
  describeInventory('olareg', NAMES, onServer(startOlareg, NAMED));
  describeInventory(
    'olareg with tokens',
    NAMES,
    onServer(() => startOlareg({ auth: 'token' }), WITH_TOKENS, WRITER),
  );
});
describeWithPart(
  ['moto', 'olareg'],
  'ECR',
  () =>
    describeInventory('ECR', CATALOG, async () => {
      const ecr = await startEcr();
      onTestFinished(() => ecr.stop());
      const { inventory } = openEcr(ecr);
      if (inventory === undefined) throw new Error('this registry was opened without an inventory');
      return { inventory, push: async (repository, tag) => (await pushToEcr(ecr, repository, tag)).digest };
    }),
  'native',
);

/** An API that answers as records of it say: there is no such server here. */
function onRecords(kind: ApiKind): () => Promise<InventoryStage> {
  return async () => {
    const { server, put } = await startInventoryApi(kind);
    const { inventory } = openRegistry(server.url, { repositories: ['acme/**'], api: { kind } });
    if (inventory === undefined) throw new Error('this registry was opened without an inventory');
    return { inventory, push: async (repository, tag) => put(repository, tag) };
  };
}

describeInventory("Harbor's API as its documentation records it", CATALOG, onRecords('harbor'));
describeInventory("GitLab's API as its documentation records it", CATALOG, onRecords('gitlab'));
describeInventory("Quay's API as its source records it", CATALOG, onRecords('quay'));
