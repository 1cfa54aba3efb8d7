import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import type { RegistryInventory } from '../../../../src/ports/registry-inventory.ts';
import type { RegistryOptions } from '../../../../src/registry/registry-options.ts';
import { readAll } from '../../../contract/inventory.contract.ts';
import {
  type Answer,
  type HostileRegistry,
  notFound,
  refusal,
  type SeenRequest,
  sampleManifest,
  startHostileRegistry,
} from '../../../support/hostile-registry.ts';
import { openRegistry } from '../../../support/open-registry.ts';

const json = (body: object, headers: Readonly<Record<string, string>> = {}): Answer => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** Opens the inventory of a registry that answers like this. */
async function openInventory(
  answer: (request: SeenRequest & { readonly query: URLSearchParams }) => Answer | undefined,
  options: Partial<RegistryOptions> = {},
): Promise<{ readonly inventory: RegistryInventory; readonly server: HostileRegistry }> {
  const server = await startHostileRegistry((request) =>
    answer({ ...request, query: new URL(request.path, 'http://registry.test').searchParams }),
  );
  onTestFinished(() => server.stop());
  const { inventory } = openRegistry(server.url, { limits: { retries: 0 }, ...options });
  if (inventory === undefined) throw new Error('expected an inventory');
  return { inventory, server };
}

/** A registry that gives pages of its own size, with or without a link to the next. */
function pages(all: readonly string[], { size = 1_000, links = true } = {}) {
  return ({ path, query }: { path: string; query: URLSearchParams }): Answer => {
    const member = path.startsWith('/v2/_catalog') ? 'repositories' : 'tags';
    const last = query.get('last');
    const at = last === null ? 0 : all.indexOf(last) + 1;
    const here = all.slice(at, at + size);
    const next = `${path.split('?')[0]}?n=${size}&last=${here.at(-1)}`;
    const isLast = at + size >= all.length;
    return json({ [member]: here }, links && !isLast ? { link: `<${next}>; rel="next"` } : {});
  };
}

const named = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(6, '0')}`);
const repositoriesOf = (inventory: RegistryInventory) => readAll((from) => inventory.listRepositories(from));
const tagsOf = async (inventory: RegistryInventory) =>
  (await readAll((from) => inventory.listTags('acme/app', from))).map(({ tag }) => tag);

describe('a list in pages', () => {
  it('is followed by Link to its end, in pages of whatever size the registry likes', async () => {
    const all = named(7, 'acme/app-');
    const { inventory, server } = await openInventory(pages(all, { size: 3 }));
    expect(await repositoriesOf(inventory)).toEqual(all);
    expect(server.requests).toHaveLength(3);
  });

  it('is followed by the last name where the registry gives no Link', async () => {
    const all = named(2_500, 'v');
    const { inventory, server } = await openInventory(pages(all, { links: false }));
    expect(await tagsOf(inventory)).toEqual(all);
    expect(server.requests).toHaveLength(3);
  });

  it('is all there is where a registry gives more than was asked for', async () => {
    const all = named(3_000, 'v');
    const { inventory, server } = await openInventory(() => json({ tags: all }));
    expect(await tagsOf(inventory)).toEqual(all);
    expect(server.requests).toHaveLength(1);
  });

  it('loses nothing where a registry gives as many as were asked for and knows no `last`', async () => {
    const all = named(1_700, 'v');
    const { inventory } = await openInventory(({ query }) =>
      json({ tags: query.has('n') ? all.slice(0, 1_000) : all }),
    );
    expect(new Set(await tagsOf(inventory))).toEqual(new Set(all));
  });

  it('is asked for in pages that the registry allows, where it allows fewer than we ask for', async () => {
    const all = named(5, 'acme/app-');
    const { inventory } = await openInventory((request) =>
      request.query.get('n') === '1000' ? refusal(400, 'PAGINATION_NUMBER_INVALID') : pages(all, { size: 2 })(request),
    );
    expect(await repositoriesOf(inventory)).toEqual(all);
  });

  it('goes on from a page that was kept before', async () => {
    const all = named(7, 'acme/app-');
    const { inventory } = await openInventory(pages(all, { size: 3 }));
    const first = await inventory.listRepositories(undefined);
    const other = openRegistry((await openInventory(pages(all, { size: 3 }))).server.url).inventory;
    expect((await other?.listRepositories(first.next))?.entries).toEqual(all.slice(3, 6));
  });

  it('begins anew where what was kept is no longer understood', async () => {
    const { inventory } = await openInventory(pages(['acme/app']));
    expect((await inventory.listRepositories('from another version')).entries).toEqual(['acme/app']);
  });
});

describe('a list that is hostile', () => {
  const faulty = { code: 'REGISTRY_RESPONSE_INVALID', retryable: false };

  it('L4: is a fault where it leads in a circle', async () => {
    const { inventory, server } = await openInventory(({ query }) => {
      const page = Number(query.get('page') ?? 0);
      return json(
        { repositories: [`acme/app-${page}`] },
        { link: `</v2/_catalog?page=${(page + 1) % 5}>; rel="next"` },
      );
    });
    await expect(repositoriesOf(inventory)).rejects.toMatchObject({ ...faulty, message: /in a circle/ });
    expect(server.requests.length).toBeLessThan(20);
  });

  it.each([
    'http://elsewhere.test/v2/_catalog?last=a',
    '//elsewhere.test/v2/_catalog?last=a',
    '/v2/acme/app/tags/list?last=a',
  ])('L4: is a fault where it goes on at %s, and nothing is asked there', async (link) => {
    const { inventory, server } = await openInventory(() =>
      json({ repositories: ['acme/app'] }, { link: `<${link}>; rel="next"` }),
    );
    await expect(repositoriesOf(inventory)).rejects.toMatchObject({ ...faulty, message: /at another place/ });
    expect(server.requests).toHaveLength(1);
  });

  it('L10: names what is no name, looks at none of it and at all the rest', async () => {
    const odd = ['../../etc', 'Acme/App', '', 'a'.repeat(300), 'acme/app?x=1', 7, null];
    const { inventory } = await openInventory(() => json({ repositories: [...odd, 'acme/app'] }));
    const page = await inventory.listRepositories(undefined);
    expect(page.entries).toEqual(['acme/app']);
    expect(page.notTold).toHaveLength(1);
    expect(page.notTold?.[0]).toContain('../../etc');
  });

  it('takes a tag of 128 characters, and names one of 129', async () => {
    const { inventory } = await openInventory(() => json({ tags: ['a'.repeat(128), 'b'.repeat(129)] }));
    const page = await inventory.listTags('acme/app', undefined);
    expect(page?.entries).toEqual([{ tag: 'a'.repeat(128) }]);
    expect(page?.notTold).toHaveLength(1);
  });

  it('tells entries that are repeated once', async () => {
    const { inventory } = await openInventory(() => json({ tags: ['v1', 'v2', 'v1', 'v1'] }));
    expect(await tagsOf(inventory)).toEqual(['v1', 'v2']);
  });

  it('reads 10 MB of tags in one answer', async () => {
    const all = named(85_000, 'v'.repeat(110));
    const { inventory } = await openInventory(() => json({ tags: all }));
    expect(await tagsOf(inventory)).toHaveLength(85_000);
  });

  it('L4: is a fault where one answer is larger than any honest list', async () => {
    const { inventory } = await openInventory(() => ({ headers: { 'content-length': String(64 * 1024 * 1024) } }));
    await expect(tagsOf(inventory)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_TOO_LARGE' });
  });

  it.each<[string, Answer]>([
    ['no JSON', { body: '<html>' }],
    ['JSON without the list', json({ name: 'acme/app' })],
    ['a list that is none', json({ tags: 'v1' })],
  ])('is a fault where it is %s', async (_name, answer) => {
    const { inventory } = await openInventory(() => answer);
    await expect(tagsOf(inventory)).rejects.toMatchObject(faulty);
  });

  it('is empty where it is null', async () => {
    const { inventory } = await openInventory(() => json({ tags: null }));
    expect(await tagsOf(inventory)).toEqual([]);
  });
});

describe('a repository that is listed and not there', () => {
  it("is null after the registry's own 404", async () => {
    const { inventory } = await openInventory(() => notFound('NAME_UNKNOWN'));
    expect(await inventory.listTags('acme/ghost', undefined)).toBeNull();
  });

  it.each<[string, Answer, string]>([
    ['404 of something before it', { status: 404, body: 'no such route' }, 'REGISTRY_ERROR'],
    ['403', refusal(403, 'DENIED'), 'REGISTRY_DENIED'],
    ['429', refusal(429, 'TOOMANYREQUESTS'), 'REGISTRY_RATE_LIMITED'],
    ['500', { status: 500 }, 'REGISTRY_ERROR'],
  ])('is a fault after a %s, never an empty list', async (_name, answer, code) => {
    const { inventory } = await openInventory(() => answer, { limits: { retries: 0, pauseMs: 0 } });
    await expect(inventory.listTags('acme/app', undefined)).rejects.toMatchObject({ code });
  });
});

describe('a registry that does not tell its repositories', () => {
  const refusals: [string, Answer][] = [
    ['401', refusal(401, 'UNAUTHORIZED')],
    ['403', refusal(403, 'DENIED')],
    ['404', notFound('UNSUPPORTED')],
    ['405', refusal(405, 'UNSUPPORTED')],
  ];

  it.each(refusals)(
    'is swept by the names that are configured, after a %s, and says what is missing',
    async (_, answer) => {
      const { inventory } = await openInventory(() => answer, { repositories: ['acme/app', 'other/**'] });
      const page = await inventory.listRepositories(undefined);
      expect(page.entries).toEqual(['acme/app']);
      expect(page.notTold?.[0]).toContain('other/**');
    },
  );

  it.each(refusals)(
    'is INVENTORY_UNAVAILABLE after a %s where no name is configured, with what to do',
    async (_, answer) => {
      const { inventory } = await openInventory(() => answer, { repositories: ['acme/**'] });
      await expect(inventory.listRepositories(undefined)).rejects.toMatchObject({
        code: 'INVENTORY_UNAVAILABLE',
        retryable: false,
        hint: expect.stringContaining('`repositories`'),
      });
    },
  );

  it('is not asked where all repositories are named', async () => {
    const { inventory, server } = await openInventory(() => undefined, { repositories: ['acme/app', 'acme/web'] });
    expect(await inventory.listRepositories(undefined)).toEqual({ entries: ['acme/app', 'acme/web'] });
    expect(server.requests).toEqual([]);
  });

  it.each<[string, Answer, string]>([
    ['429', refusal(429, 'TOOMANYREQUESTS'), 'REGISTRY_RATE_LIMITED'],
    ['500', { status: 500 }, 'REGISTRY_ERROR'],
  ])('is asked again later after a %s: that is no answer', async (_name, answer, code) => {
    const { inventory } = await openInventory(() => answer, {
      repositories: ['acme/app', 'other/**'],
      limits: { retries: 0, pauseMs: 0 },
    });
    await expect(inventory.listRepositories(undefined)).rejects.toMatchObject({ code, retryable: true });
  });

  it('asks for a token for the catalogue, and takes a refused one for a refused catalogue', async () => {
    const { inventory, server } = await openInventory(
      ({ path, headers }) => {
        if (path.startsWith('/token')) return { status: 401, body: '{}' };
        const realm = `Bearer realm="http://${headers.host}/token",service="r",scope="registry:catalog:*"`;
        return refusal(401, 'UNAUTHORIZED', { 'www-authenticate': realm });
      },
      { repositories: ['acme/app', 'other/**'] },
    );
    expect((await inventory.listRepositories(undefined)).entries).toEqual(['acme/app']);
    expect(server.requests.map(({ path }) => path)).toContain('/token?service=r&scope=registry%3Acatalog%3A*');
  });
});

describe('where a tag leads', () => {
  const sample = sampleManifest();
  const digest = digestOf(Buffer.from(sample.text));

  it('is told by one request without a body, on connections that are kept', async () => {
    const { inventory, server } = await openInventory(() => ({ headers: { 'docker-content-digest': digest } }));
    for (const tag of named(20, 'v')) expect(await inventory.resolveTag('acme/app', tag)).toBe(digest);
    expect(server.requests.map(({ method }) => method)).toEqual(Array.from({ length: 20 }, () => 'HEAD'));
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it.each<[string, Answer]>([
    ['names no digest', {}],
    ['names what is none', { headers: { 'docker-content-digest': 'sha256:short' } }],
    ['is not known here', { status: 405 }],
    ['says 404 and not who says it', { status: 404 }],
  ])('is told by the manifest itself where HEAD %s', async (_name, head) => {
    const { inventory } = await openInventory(({ method }) => (method === 'HEAD' ? head : sample.answer));
    expect(await inventory.resolveTag('acme/app', 'v1')).toBe(digest);
  });

  it("is null after the registry's own 404, and a fault after any other", async () => {
    const gone = await openInventory(() => notFound('MANIFEST_UNKNOWN'));
    expect(await gone.inventory.resolveTag('acme/app', 'v1')).toBeNull();
    const lost = await openInventory(() => ({ status: 404, body: 'no such route' }));
    await expect(lost.inventory.resolveTag('acme/app', 'v1')).rejects.toMatchObject({ code: 'REGISTRY_ERROR' });
  });
});
