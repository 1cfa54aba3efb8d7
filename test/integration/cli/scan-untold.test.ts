import { expect, it, onTestFinished } from 'vitest';
import { findImages } from '../../../src/cli/scan/find-images.ts';
import { findRepositories } from '../../../src/cli/scan/find-repositories.ts';
import type { ScanPlace } from '../../../src/cli/scan/scan-places.ts';
import { openRegistries } from '../../../src/cli/verify/open-registries.ts';
import { startHostileRegistry } from '../../support/hostile-registry.ts';
import { openRegistry } from '../../support/open-registry.ts';

it('a scan says what a registry could not tell of itself, and looks at the rest', async () => {
  const server = await startHostileRegistry(({ path, method }) => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    if (method === 'HEAD') return { headers: { 'docker-content-digest': digest } };
    if (path.startsWith('/v2/_catalog')) return { body: '{"repositories":["acme/app","Acme/Odd"]}' };
    return { body: JSON.stringify({ name: 'acme/app', tags: ['v1', 'x'.repeat(129)] }) };
  });
  onTestFinished(() => server.stop());
  const own = openRegistry(server.url);
  const place: ScanPlace = {
    registries: openRegistries(own, undefined, { plainHttp: true, env: {}, proxy: undefined }),
    covers: own.covers,
  };
  const untold: string[] = [];
  const onUntold = (where: string, { message }: Error): number => untold.push(`${where}: ${message}`);
  const { signal } = new AbortController();
  const found: string[] = [];
  for await (const repository of findRepositories([place], onUntold, signal)) {
    for (const { tags } of await findImages(repository, onUntold, signal)) found.push(...tags);
  }
  expect(found).toEqual(['v1']);
  expect(untold).toEqual([
    expect.stringMatching(new RegExp(`^${server.host}: .*Acme/Odd`)),
    expect.stringMatching(new RegExp(`^${server.host}/acme/app: .*xxxx`)),
  ]);
});
