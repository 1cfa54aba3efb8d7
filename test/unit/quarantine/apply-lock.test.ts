import { describe, expect, it } from 'vitest';
import { LOCK_MARK } from '../../../src/domain/mark-name.ts';
import { FaultError } from '../../../src/kit/errors.ts';
import { describeAction } from '../../../src/notify/describe-action.ts';
import type { KeptManifest, LockedImages } from '../../../src/ports/locked-images.ts';
import { applyLock, type LockRequest, removeLock } from '../../../src/quarantine/apply-lock.ts';
import { putImage, REPOSITORY } from '../../support/memory-artifacts.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

/** What is kept, in memory. */
function keepInMemory(): LockedImages & { readonly kept: ReadonlyMap<string, KeptManifest> } {
  const kept = new Map<string, KeptManifest>();
  return {
    kept,
    keep: async ({ digest }, manifest) => void kept.set(digest, manifest),
    find: async ({ digest }) => kept.get(digest) ?? null,
    forget: async ({ digest }) => void kept.delete(digest),
  };
}

function start() {
  const registry = createMemoryRegistry();
  const image = putImage(registry);
  const images = keepInMemory();
  const { reader, locks } = registry;
  const subject = { registryId: 'prod', repository: REPOSITORY, digest: image.digest };
  const request: LockRequest = { registry: { id: 'prod', reader, locks }, images, subject };
  return { registry, image, images, request };
}

describe('a lock', () => {
  it('is put after the manifest was kept, and done again changes nothing', async () => {
    const { registry, image, images, request } = start();
    for (let n = 0; n < 2; n++) expect(await applyLock(request)).toMatchObject({ result: 'locked' });
    expect(registry.isLocked(image.digest)).toBe(true);
    expect(images.kept.get(image.digest)?.bytes).toEqual(image.bytes);
  });

  it('is not put while nothing could be kept', async () => {
    const { registry, image, images, request } = start();
    const keep = () => Promise.reject(new Error('the record is away'));
    await expect(applyLock({ ...request, images: { ...images, keep } })).rejects.toThrow('the record is away');
    expect(registry.isLocked(image.digest)).toBe(false);
  });

  it('of somebody else stays his: neither kept nor taken off', async () => {
    const { registry, image, images, request } = start();
    registry.setLock(image.digest, true);
    expect(await applyLock(request)).toMatchObject({ result: 'locked-by-others' });
    expect(images.kept.size).toBe(0);
    expect(await removeLock(request)).toMatchObject({ result: 'locked-by-others', mark: { mark: 'released' } });
    expect(registry.isLocked(image.digest)).toBe(true);
  });

  it('is taken off, and forgotten then', async () => {
    const { registry, image, images, request } = start();
    await applyLock(request);
    expect(await removeLock(request)).toMatchObject({ result: 'unlocked', mark: { mark: 'released', tag: null } });
    expect([registry.isLocked(image.digest), images.kept.size]).toEqual([false, 0]);
    expect(await removeLock(request)).toMatchObject({ result: 'lock-absent' });
  });

  it('that may yet come is known as ours: it is not forgotten while it is not there', async () => {
    const { registry, image, images, request } = start();
    await applyLock(request);
    registry.setLock(image.digest, false);
    expect(await removeLock(request)).toMatchObject({ result: 'lock-absent' });
    expect(images.kept.size).toBe(1);
    registry.setLock(image.digest, true);
    expect(await removeLock(request)).toMatchObject({ result: 'unlocked' });
  });

  it('that takes a while to open is one until it is off, and then nothing says that there was none', async () => {
    const { registry, image, images, request } = start();
    await applyLock(request);
    const { reader, writer } = registry.locks;
    const slow = new FaultError('REGISTRY_ERROR', 'is being restored', { retryable: true });
    const restoring = { reader, writer: { ...writer, unlock: () => Promise.reject(slow) } };
    const opening = removeLock({ ...request, registry: { ...request.registry, locks: restoring } });
    await expect(opening).rejects.toBe(slow);
    expect([registry.isLocked(image.digest), images.kept.size]).toEqual([true, 1]);
    registry.setLock(image.digest, false);
    const { result } = await removeLock(request);
    expect(describeAction({ kind: 'release', state: 'done', tag: LOCK_MARK, result, error: null }).sentence).toBe(
      'No lock is on it: whoever may pull it can.',
    );
  });

  it('is needed by no image that is gone', async () => {
    const { registry, image, images, request } = start();
    await applyLock(request);
    registry.removeManifest(image.digest);
    expect(await applyLock(request)).toMatchObject({ result: 'subject-gone' });
    expect(await removeLock(request)).toMatchObject({ result: 'lock-absent' });
    expect(images.kept.size).toBe(0);
  });

  it('is never put without credentials to write', async () => {
    const { registry, request } = start();
    const { reader } = registry.locks;
    const own = { ...request, registry: { ...request.registry, locks: { reader } } };
    await expect(applyLock(own)).rejects.toMatchObject({ code: 'TAG_WRITE_REFUSED', retryable: false });
  });
});
