import { expect, it, onTestFinished } from 'vitest';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { Secret } from '../../../src/kit/secret.ts';
import type { RegistryReader } from '../../../src/ports/registry-reader.ts';
import { openRegistry, type TestRegistry } from '../../support/open-registry.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushImage, pushReferrer } from '../../support/push-image.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
import { TEST_USERS } from '../../support/servers/test-users.ts';

const WRITER = { username: 'writer', password: TEST_USERS.writer.password };
const CREDENTIALS = { kind: 'basic', username: 'writer', password: new Secret(WRITER.password) } as const;

/** The requests of one call. */
async function cost<T>(registry: TestRegistry, call: () => Promise<T>): Promise<readonly string[]> {
  const before = registry.sent.length;
  await call();
  return registry.sent.slice(before);
}

async function openOlareg(auth: 'none' | 'basic' | 'token'): Promise<{ url: string; registry: TestRegistry }> {
  const server = await startOlareg({ auth });
  onTestFinished(() => server.stop());
  const users = auth === 'none' ? {} : { credentials: CREDENTIALS, writeCredentials: CREDENTIALS };
  return { url: server.url, registry: openRegistry(server.url, { writeCredentials: { kind: 'none' }, ...users }) };
}

/** What a bundle costs by the referrers API: manifest, referrers, the bundle's manifest, its blob. */
async function parseBundle(reader: RegistryReader, repository: string, digest: Manifest['digest']): Promise<void> {
  const [, answer] = await Promise.all([
    reader.readManifest(repository, { digest }),
    reader.listReferrers(repository, digest),
  ]);
  for (const descriptor of answer.kind === 'listed' ? answer.descriptors : []) {
    const referrer = await reader.readManifest(repository, { digest: descriptor.digest });
    for (const layer of referrer?.layers ?? []) await reader.readBlob(repository, layer);
  }
}

describeWithPart('olareg', 'requests to a registry with a referrers API', () => {
  it('G4: reads an image with one bundle in four requests', async () => {
    const { url, registry } = await openOlareg('none');
    const image = await pushImage(url, 'acme/app', 'v1');
    await pushReferrer(url, 'acme/app', image, '{"a":"bundle"}');
    expect(await cost(registry, () => parseBundle(registry.reader, 'acme/app', image.digest))).toEqual(
      Array.from({ length: 4 }, () => 'GET 200'),
    );
  });

  it('G4: needs three more for the first image of a repository with tokens, and none for the next', async () => {
    const { url, registry } = await openOlareg('token');
    const target = { url, ...WRITER };
    const [first, second] = [await pushImage(target, 'acme/app', 'v1'), await pushImage(target, 'acme/app', 'v2')];
    await pushReferrer(target, 'acme/app', first, '{"a":"bundle"}');
    await pushReferrer(target, 'acme/app', second, '{"another":"bundle"}');
    // Two reads side by side are refused, one token is fetched for both.
    const cold = await cost(registry, () => parseBundle(registry.reader, 'acme/app', first.digest));
    expect(cold.toSorted()).toEqual([...Array.from({ length: 5 }, () => 'GET 200'), 'GET 401', 'GET 401']);
    const warm = await cost(registry, () => parseBundle(registry.reader, 'acme/app', second.digest));
    expect(warm).toEqual(Array.from({ length: 4 }, () => 'GET 200'));
  });

  it('G4: needs one token more for another repository, and no refusal', async () => {
    const { url, registry } = await openOlareg('token');
    const target = { url, ...WRITER };
    const [one, two] = [await pushImage(target, 'acme/one', 'v1'), await pushImage(target, 'acme/two', 'v1')];
    await parseBundle(registry.reader, 'acme/one', one.digest);
    const requests = await cost(registry, () => parseBundle(registry.reader, 'acme/two', two.digest));
    expect(requests).toEqual(['GET 200', 'GET 200', 'GET 200']);
  });

  it('G4: needs one refusal with Basic authentication, once for all', async () => {
    const { url, registry } = await openOlareg('basic');
    const image = await pushImage({ url, ...WRITER }, 'acme/app', 'v1');
    const read = () => registry.reader.readManifest('acme/app', { digest: image.digest });
    expect(await cost(registry, read)).toEqual(['GET 401', 'GET 200']);
    expect(await cost(registry, read)).toEqual(['GET 200']);
  });

  it('G4: writes a tag in one request, and takes it off in one', async () => {
    const { url, registry } = await openOlareg('none');
    const image = await pushImage(url, 'acme/app', 'v1');
    const { writer } = registry;
    const manifest = { bytes: image.manifest, mediaType: image.mediaType, digest: image.digest };
    expect(await cost(registry, async () => writer?.putTag('acme/app', 'mark', manifest))).toEqual(['PUT 201']);
    expect(await cost(registry, async () => writer?.deleteTag('acme/app', 'mark'))).toEqual(['DELETE 202']);
  });
});

describeWithPart('registry', 'requests to a registry without a referrers API', () => {
  it('G4: asks for it once, and goes straight to the fallback tag from then on', async () => {
    const server = await startDistribution();
    onTestFinished(() => server.stop());
    const registry = openRegistry(server.url);
    const image = await pushImage(server.url, 'acme/app', 'v1');
    const list = () => registry.reader.listReferrers('acme/app', image.digest);
    expect(await cost(registry, list)).toEqual(['GET 404']);
    expect(await cost(registry, list)).toEqual([]);
  });
});
