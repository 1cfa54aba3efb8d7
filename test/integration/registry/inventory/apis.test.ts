import { describe, expect, it, onTestFinished } from 'vitest';
import type { ApiKind } from '../../../../src/domain/api-kind.ts';
import { Secret } from '../../../../src/kit/secret.ts';
import type { RegistryInventory } from '../../../../src/ports/registry-inventory.ts';
import type { RegistryOptions } from '../../../../src/registry/registry-options.ts';
import { readAll } from '../../../contract/inventory.contract.ts';
import { type Answer, startHostileRegistry } from '../../../support/hostile-registry.ts';
import { startInventoryApi } from '../../../support/inventory-apis.ts';
import { openRegistry } from '../../../support/open-registry.ts';

const KINDS = ['harbor', 'gitlab', 'quay'] as const;
const PUSHED_AT = new Date('2026-11-24T08:00:00Z');

function open(url: URL, kind: ApiKind, options: Partial<RegistryOptions> = {}): RegistryInventory {
  const { inventory } = openRegistry(url, {
    api: { kind },
    repositories: ['acme/**'],
    limits: { retries: 0 },
    ...options,
  });
  if (inventory === undefined) throw new Error('expected an inventory');
  return inventory;
}

const user = (username: string) => ({ kind: 'basic', username, password: new Secret('s3cret') }) as const;
const basic = (username: string) => `Basic ${Buffer.from(`${username}:s3cret`).toString('base64')}`;
const repositoriesOf = (inventory: RegistryInventory) => readAll((from) => inventory.listRepositories(from));

describe('the inventory of Harbor and of Quay', () => {
  it.each(['harbor', 'quay'] as const)(
    'tells 250 tags of %s in three requests, with digests and times',
    async (kind) => {
      const { put, server, asked } = await startInventoryApi(kind);
      const pushed = new Map(Array.from({ length: 250 }, (_, n) => [`v${n}`, put('acme/team/app', `v${n}`)]));
      const told = await readAll((from) => open(server.url, kind).listTags('acme/team/app', from));
      expect(new Map(told.map(({ tag, digest }) => [tag, digest]))).toEqual(pushed);
      expect(new Set(told.map(({ pushedAt }) => pushedAt?.getTime()))).toEqual(new Set([PUSHED_AT.getTime()]));
      expect(asked()).toHaveLength(3);
    },
  );
});

describe('the repositories of a registry', () => {
  it('are asked of Harbor for all projects at once', async () => {
    const { put, server, asked } = await startInventoryApi('harbor');
    for (const name of ['acme/app', 'other/web']) put(name, 'v1');
    expect(await repositoriesOf(open(server.url, 'harbor'))).toEqual(['acme/app', 'other/web']);
    expect(asked()).toEqual(['/api/v2.0/repositories']);
  });

  it('are asked of GitLab by the groups and projects that the configuration names', async () => {
    const { put, server } = await startInventoryApi('gitlab');
    for (const name of ['acme/one', 'acme/two', 'lab/app', 'lab/app/web', 'else/where']) put(name, 'v1');
    const inventory = open(server.url, 'gitlab', { repositories: ['acme/**', 'lab/app/**', 'full/name'] });
    expect(await repositoriesOf(inventory)).toEqual(['full/name', 'acme/one', 'acme/two', 'lab/app', 'lab/app/web']);
  });

  it('are asked of Quay by the organizations that the configuration names, page by page', async () => {
    const { put, server } = await startInventoryApi('quay');
    for (const name of ['acme/a', 'acme/b', 'acme/c', 'lab/d', 'else/where']) put(name, 'v1');
    const inventory = open(server.url, 'quay', { repositories: ['acme/**', 'lab/*'] });
    expect(await repositoriesOf(inventory)).toEqual(['acme/a', 'acme/b', 'acme/c', 'lab/d']);
  });

  it('say of a group that is not there that nothing is looked at', async () => {
    const { server } = await startInventoryApi('gitlab');
    const page = await open(server.url, 'gitlab').listRepositories(undefined);
    expect(page.entries).toEqual([]);
    expect(page.notTold?.[0]).toContain('acme');
  });

  it.each(['gitlab', 'quay'] as const)('are INVENTORY_UNAVAILABLE of %s where no namespace is named', async (kind) => {
    const { server } = await startInventoryApi(kind);
    const listing = open(server.url, kind, { repositories: ['**'] }).listRepositories(undefined);
    await expect(listing).rejects.toMatchObject({
      code: 'INVENTORY_UNAVAILABLE',
      hint: expect.stringContaining('acme/**'),
    });
  });

  it.each(['gitlab', 'quay'] as const)('of %s say which globs nothing serves', async (kind) => {
    const { server } = await startInventoryApi(kind);
    const inventory = open(server.url, kind, { repositories: ['*/app', 'acme/app'] });
    const page = await inventory.listRepositories(undefined);
    expect(page.entries).toEqual(['acme/app']);
    expect(page.notTold?.[0]).toContain('*/app');
  });
});

describe('the credentials of an API', () => {
  it.each([
    ['harbor', 'robot$sweep', basic('robot$sweep')],
    ['gitlab', 'bot', 'Bearer s3cret'],
    ['quay', '$oauthtoken', 'Bearer s3cret'],
  ] as const)('are those of the registry, as %s takes them', async (kind, username, authorization) => {
    const { put, server } = await startInventoryApi(kind, authorization);
    put('acme/one', 'v1');
    expect(await repositoriesOf(open(server.url, kind, { credentials: user(username) }))).toEqual(['acme/one']);
  });

  it.each(KINDS)('that %s refuses are a fault, never an empty list', async (kind) => {
    const { put, server } = await startInventoryApi(kind, 'Bearer another');
    put('acme/one', 'v1');
    const listing = repositoriesOf(open(server.url, kind, { credentials: user('$oauthtoken') }));
    await expect(listing).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  });

  it('go to the address of the API and to no other', async () => {
    const api = await startInventoryApi('gitlab', 'Bearer s3cret');
    const registry = await startInventoryApi('gitlab');
    api.put('acme/one', 'v1');
    const inventory = open(registry.server.url, 'gitlab', {
      api: { kind: 'gitlab', url: api.server.url },
      credentials: user('bot'),
    });
    expect(await repositoriesOf(inventory)).toEqual(['acme/one']);
    expect(registry.server.requests).toEqual([]);
  });

  it('of a robot are not shown to Quay, whose API knows no robots', async () => {
    const { put, server } = await startInventoryApi('quay');
    put('acme/one', 'v1');
    await repositoriesOf(open(server.url, 'quay', { credentials: user('acme+robot') }));
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('an API that answers otherwise', () => {
  it.each(KINDS)('of %s is a fault, also where it hides behind a 404', async (kind) => {
    const answers: readonly [Answer, string][] = [
      [{ body: '<html>sign in</html>' }, 'REGISTRY_RESPONSE_INVALID'],
      [{ body: '"a text"' }, 'REGISTRY_RESPONSE_INVALID'],
      [{ status: 500 }, 'REGISTRY_ERROR'],
    ];
    for (const [answer, code] of answers) {
      const server = await startHostileRegistry(() => answer);
      onTestFinished(() => server.stop());
      await expect(repositoriesOf(open(server.url, kind))).rejects.toMatchObject({ code });
    }
    const lost = await startHostileRegistry(() => ({ status: 404, body: 'no such route' }));
    onTestFinished(() => lost.stop());
    await expect(open(lost.url, kind).listTags('acme/app', undefined)).rejects.toMatchObject({
      code: 'REGISTRY_ERROR',
    });
  });

  it('L4: ends a list of Quay that leads in a circle', async () => {
    const server = await startHostileRegistry(() => ({ body: '{"repositories":[],"next_page":"again"}' }));
    onTestFinished(() => server.stop());
    await expect(repositoriesOf(open(server.url, 'quay'))).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
    expect(server.requests.length).toBeLessThan(5);
  });
});
