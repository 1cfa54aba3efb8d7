import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import { OCI_MANIFEST } from '../../../../src/domain/manifest.ts';
import { startAcrLocks } from '../../../support/acr-locks.ts';
import { openAcr } from '../../../support/open-acr.ts';

const REPOSITORY = 'acme/team/app';
const BYTES = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, layers: [] }));
const IMAGE = digestOf(BYTES);

async function start() {
  const acr = await startAcrLocks();
  acr.put(REPOSITORY, IMAGE, BYTES);
  return { acr, ...openAcr(acr) };
}

describe('locks in an Azure Container Registry', () => {
  it('touches no attribute but the right to read', async () => {
    const { acr, writer } = await start();
    Object.assign(acr.attributesOf(IMAGE), { writeEnabled: false, deleteEnabled: false });
    await writer.lock(REPOSITORY, IMAGE);
    await writer.unlock(REPOSITORY, IMAGE);
    expect(acr.attributesOf(IMAGE)).toEqual({
      ...{ readEnabled: true, listEnabled: true },
      ...{ writeEnabled: false, deleteEnabled: false },
    });
  });

  it('asks for the rights to metadata of this repository, and no others', async () => {
    const { acr, writer } = await start();
    await writer.lock(REPOSITORY, IMAGE);
    const asked = acr.server.requests.flatMap(({ path }) =>
      new URL(path, 'http://acr.test').searchParams.getAll('scope'),
    );
    expect(new Set(asked)).toEqual(new Set([`repository:${REPOSITORY}:metadata_read,metadata_write`]));
  });

  it.each(['lock', 'unlock'] as const)(
    'sees at the next try what was done when the answer to %s was lost',
    async (act) => {
      const { acr, reader, writer } = await start();
      if (act === 'unlock') await writer.lock(REPOSITORY, IMAGE);
      await reader.read(REPOSITORY, IMAGE);
      acr.answerOnce('PATCH', 502, { isDone: true });
      await expect(writer[act](REPOSITORY, IMAGE)).rejects.toMatchObject({ code: 'REGISTRY_ERROR', retryable: true });
      expect(await writer[act](REPOSITORY, IMAGE)).toBe(act === 'lock' ? 'locked' : 'open');
    },
  );

  it.each([
    [403, 'REGISTRY_DENIED'],
    [405, 'REGISTRY_ERROR'],
    [409, 'REGISTRY_ERROR'],
    [412, 'REGISTRY_ERROR'],
  ])('says %i of a refusal, and asks no more', async (status, code) => {
    const { acr, writer } = await start();
    acr.answerOnce('PATCH', status, { isDone: false });
    await expect(writer.lock(REPOSITORY, IMAGE)).rejects.toMatchObject({ code, retryable: false });
    expect(acr.attributesOf(IMAGE).readEnabled).toBe(true);
  });

  it('believes no lock that it does not see', async () => {
    const { acr, writer } = await start();
    acr.answerOnce('PATCH', 200, { isDone: false });
    await expect(writer.lock(REPOSITORY, IMAGE)).rejects.toMatchObject({ code: 'REGISTRY_ERROR', retryable: true });
  });

  it('takes no strange answer for an image that is open', async () => {
    const { acr, reader } = await start();
    acr.answerOnce('GET', 200, { isDone: false });
    await expect(reader.read(REPOSITORY, IMAGE)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE_INVALID' });
  });

  it('cannot read a locked image of which nothing is kept, and does not take it for gone', async () => {
    const { writer, registry } = await start();
    await writer.lock(REPOSITORY, IMAGE);
    await expect(registry.reader.readManifest(REPOSITORY, { digest: IMAGE })).rejects.toMatchObject({
      code: 'REGISTRY_ERROR',
    });
  });

  it('reads a locked image from what was kept, which stays locked, until the registry says that it is gone', async () => {
    const { acr, writer } = await start();
    const kept = { find: async () => ({ mediaType: OCI_MANIFEST, bytes: BYTES }) };
    const { registry } = openAcr(acr, kept);
    await writer.lock(REPOSITORY, IMAGE);
    expect((await registry.reader.readManifest(REPOSITORY, { digest: IMAGE }))?.bytes).toEqual(BYTES);
    expect(acr.attributesOf(IMAGE).readEnabled).toBe(false);
    const other = digestOf(Buffer.from('another'));
    expect(await registry.reader.readManifest(REPOSITORY, { digest: other })).toBeNull();
  });

  it('refuses what is kept if it is not the image', async () => {
    const { acr } = await start();
    const { registry } = openAcr(acr, { find: async () => ({ mediaType: OCI_MANIFEST, bytes: Buffer.from('{}') }) });
    await expect(registry.reader.readManifest(REPOSITORY, { digest: IMAGE })).rejects.toMatchObject({
      code: 'RECORD_MALFORMED',
    });
  });
});
