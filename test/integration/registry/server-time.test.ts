import { expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { type Answer, type SeenRequest, startHostileRegistry } from '../../support/hostile-registry.ts';
import { openRegistry } from '../../support/open-registry.ts';

const BLOB = { digest: digestOf(Buffer.from('blob')), size: 4 };

async function serve(answer: (request: SeenRequest) => Answer) {
  const server = await startHostileRegistry(answer);
  onTestFinished(() => server.stop());
  return server;
}

it('D4: the time of a registry is told with each of its answers, of nobody else it leads to', async () => {
  const elsewhere = { date: 'Tue, 24 Nov 2020 12:00:00 GMT' };
  const store = await serve(() => ({ body: 'blob', headers: elsewhere }));
  const dates = ['Tue, 24 Nov 2026 12:00:00 GMT', 'no date', 'Tue, 24 Nov 2026 12:00:30 GMT'];
  const server = await serve(({ path }) => {
    const headers = { date: dates.shift() ?? '', age: '10' };
    if (path.includes('/blobs/')) return { status: 307, headers: { ...headers, location: store.url.href } };
    return { status: 404, headers, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' };
  });
  const times: string[] = [];
  const { reader } = openRegistry(server.url, { onServerTime: (time) => times.push(time.toISOString()) });
  expect(await reader.readManifest('acme/app', { tag: 'v1' })).toBeNull();
  expect(await reader.readManifest('acme/app', { tag: 'v2' })).toBeNull();
  expect(Buffer.from((await reader.readBlob('acme/app', BLOB)) ?? []).toString()).toBe('blob');
  expect(store.requests).toHaveLength(1);
  expect(times).toEqual(['2026-11-24T12:00:10.000Z', '2026-11-24T12:00:40.000Z']);
});
