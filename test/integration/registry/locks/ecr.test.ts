import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import { startEcrArchive } from '../../../support/ecr-archive.ts';
import { openEcrArchive } from '../../../support/open-ecr-archive.ts';

const REPOSITORY = 'acme/app';
const DIGEST = digestOf(Buffer.from('an image'));

async function open() {
  const ecr = await startEcrArchive();
  ecr.put(REPOSITORY, DIGEST);
  return { ecr, ...openEcrArchive(ecr) };
}

describe('the locks of Amazon ECR, on a server that answers as AWS documents', () => {
  it('are archived images, which are not gone', async () => {
    const { ecr, reader, writer } = await open();
    expect(await writer.lock(REPOSITORY, DIGEST)).toBe('locked');
    expect(ecr.status(DIGEST)).toBe('ARCHIVED');
    expect(await reader.read(REPOSITORY, DIGEST)).toBe('locked');
    expect(await reader.read(REPOSITORY, digestOf(Buffer.from('another')))).toBe('gone');
  });

  it('are asked for once: what is archived already is not archived again', async () => {
    const { ecr, writer } = await open();
    await writer.lock(REPOSITORY, DIGEST);
    await writer.lock(REPOSITORY, DIGEST);
    expect(ecr.calls.filter((call) => call === 'UpdateImageStorageClass')).toHaveLength(1);
  });

  it('are open only when the image can be pulled again, which takes a while', async () => {
    const { ecr, reader, writer } = await open();
    await writer.lock(REPOSITORY, DIGEST);
    ecr.restoreSlowly(true);
    const opening = writer.unlock(REPOSITORY, DIGEST);
    await expect(opening).rejects.toMatchObject({ code: 'REGISTRY_ERROR', retryable: true, retryAfterMs: 120_000 });
    await expect(opening).rejects.toThrow('takes up to 20 minutes');
    expect(await reader.read(REPOSITORY, DIGEST)).toBe('locked');
    await expect(writer.unlock(REPOSITORY, DIGEST)).rejects.toThrow('is restoring');
    ecr.set(DIGEST, 'ACTIVE');
    expect(await writer.unlock(REPOSITORY, DIGEST)).toBe('open');
    expect(ecr.calls.filter((call) => call === 'UpdateImageStorageClass')).toHaveLength(2);
  });

  it('see that a push has restored the image', async () => {
    const { ecr, reader, writer } = await open();
    await writer.lock(REPOSITORY, DIGEST);
    ecr.set(DIGEST, 'ACTIVE');
    expect(await reader.read(REPOSITORY, DIGEST)).toBe('open');
    expect(await writer.lock(REPOSITORY, DIGEST)).toBe('locked');
  });

  it('say which right is missing', async () => {
    const { ecr, writer } = await open();
    ecr.refuse('UpdateImageStorageClass', 400, 'AccessDeniedException');
    await expect(writer.lock(REPOSITORY, DIGEST)).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      hint: expect.stringContaining('ecr:UpdateImageStorageClass'),
    });
    expect(ecr.status(DIGEST)).toBe('ACTIVE');
  });

  it('take no other error for an image that is gone', async () => {
    const { ecr, reader, writer } = await open();
    ecr.refuse('DescribeImages', 500, 'ServerException');
    for (const asked of [reader.read(REPOSITORY, DIGEST), writer.lock(REPOSITORY, DIGEST)]) {
      await expect(asked).rejects.toMatchObject({ code: 'REGISTRY_ERROR', retryable: true });
    }
  });
});
