import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { openRegistry } from '../../support/open-registry.ts';

const MANIFEST = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', layers: [] }),
);
const DIGEST = digestOf(MANIFEST);
/** What a request to a silent registry may take here. */
const LIMITS = { headersMs: 300, requestMs: 600 };

/** A registry on loopback that accepts connections and, while it is silent, answers for some repositories only. */
async function startRegistry() {
  let asked = 0;
  const state = { isSilent: true, answering: new Set<string>() };
  const server: Server = createServer((request, response: ServerResponse) => {
    asked++;
    const [, repository = ''] = /^\/v2\/(.+)\/manifests\//.exec(request.url ?? '') ?? [];
    if (state.isSilent && !state.answering.has(repository)) return;
    response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json');
    response.end(MANIFEST);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, state, asked: () => asked };
}

it('P6: a registry that accepts requests and never answers costs five time-outs, then nothing until it is tried', async () => {
  const server = await startRegistry();
  const registry = openRegistry(server.url, { limits: LIMITS });
  const read = (repository: string) => registry.reader.readManifest(repository, { digest: DIGEST });
  const first = await Promise.allSettled(Array.from({ length: 5 }, () => read('acme/app')));
  expect(first.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'));
  expect(registry.isSilent?.()).toBe(true);
  expect(registry.isResting?.()).toBe(true);
  const before = server.asked();
  const refused = await Promise.allSettled(Array.from({ length: 1_000 }, () => read('acme/app')));
  expect(new Set(refused.map((each) => each.status === 'rejected' && each.reason.code))).toEqual(
    new Set(['REGISTRY_TIMEOUT']),
  );
  expect(server.asked()).toBe(before);
});

it('P6: whoever makes the requests about his own repository hang shuts the registry for nobody else', async () => {
  const server = await startRegistry();
  server.state.answering.add('acme/app');
  const registry = openRegistry(server.url, { limits: LIMITS });
  const read = (repository: string) => registry.reader.readManifest(repository, { digest: DIGEST });
  await Promise.allSettled(Array.from({ length: 20 }, () => read('acme/mallory')));
  expect(registry.isSilent?.()).toBe(true);
  expect(await read('acme/app')).toMatchObject({ digest: DIGEST });
  expect(registry.isSilent?.()).toBe(false);
});

it('a registry that answers again is asked as before', async () => {
  const server = await startRegistry();
  const registry = openRegistry(server.url, { limits: LIMITS });
  const read = (repository: string) => registry.reader.readManifest(repository, { digest: DIGEST });
  await Promise.allSettled(Array.from({ length: 5 }, () => read('acme/app')));
  server.state.isSilent = false;
  expect(await read('acme/other')).toMatchObject({ digest: DIGEST });
  expect(await read('acme/app')).toMatchObject({ digest: DIGEST });
});
