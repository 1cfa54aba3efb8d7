import { matchesDigest } from '../domain/digest.ts';
import { LOCK_MARK } from '../domain/mark-name.ts';
import type { Subject } from '../domain/subject.ts';
import { FaultError } from '../kit/errors.ts';
import type { LockedImages } from '../ports/locked-images.ts';
import type { LockReader, LockWriter } from '../ports/locks.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import type { MarkResult } from './mark-request.ts';

/** Our lock on one image. */
export interface LockRequest {
  readonly registry: Pick<ConfiguredRegistry, 'id' | 'reader' | 'locks'>;
  readonly images: LockedImages;
  readonly subject: Subject;
  readonly signal?: AbortSignal;
}

/**
 * Locks an image, so that nobody pulls it: its manifest is kept first, or it could not be judged and opened again. A lock
 * that is there and is not ours stays whoever's it is. Done again it changes nothing.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, `TAG_WRITE_REFUSED`: it is locked or not, and known to be ours.
 */
export async function applyLock(request: LockRequest): Promise<MarkResult> {
  const { images, subject, signal } = request;
  const { repository, digest } = subject;
  const { reader, writer } = locksOf(request);
  if ((await images.find(subject)) === null) {
    const state = await reader.read(repository, digest, signal);
    if (state === 'locked') return quarantined('locked-by-others');
    const manifest = await request.registry.reader.readManifest(repository, { digest }, signal);
    if (state === 'gone' || manifest === null) return gone();
    if (!matchesDigest(manifest.bytes, digest)) {
      throw new FaultError('DIGEST_MISMATCH', `the registry sent other bytes than ${digest}`, { retryable: true });
    }
    await images.keep(subject, manifest);
  }
  return (await writer.lock(repository, digest, signal)) === 'gone' ? gone() : quarantined('locked');
}

/**
 * Opens an image that we have locked; a lock of others stays. That it was ours is forgotten when it is open, not before.
 * @throws {FaultError} `REGISTRY_*`, `TAG_WRITE_REFUSED`: the lock is as it was, or off.
 */
export async function removeLock(request: LockRequest): Promise<MarkResult> {
  const { images, subject, signal } = request;
  const { repository, digest } = subject;
  const { reader, writer } = locksOf(request);
  const state = await reader.read(repository, digest, signal);
  const isOurs = (await images.find(subject)) !== null;
  if (state === 'locked' && !isOurs) return released('locked-by-others');
  // Kept even so: a write whose answer was lost may yet lock it, and that lock is ours.
  if (state === 'open') return released('lock-absent');
  if (state === 'locked') await writer.unlock(repository, digest, signal);
  await images.forget(subject);
  return released(state === 'locked' ? 'unlocked' : 'lock-absent');
}

function locksOf({ registry }: LockRequest): { readonly reader: LockReader; readonly writer: LockWriter } {
  const { reader, writer } = registry.locks ?? {};
  if (reader !== undefined && writer !== undefined) return { reader, writer };
  throw new FaultError('TAG_WRITE_REFUSED', `images of the registry "${registry.id}" cannot be locked or opened`, {
    retryable: false,
    hint: 'It was locked when `kind` named a registry with locks, and `writeCredentials` were there: write them again.',
  });
}

function quarantined(result: 'locked' | 'locked-by-others'): MarkResult {
  return { result, mark: { mark: 'quarantined', tag: LOCK_MARK, releasedArtifact: null } };
}

function released(result: 'unlocked' | 'lock-absent' | 'locked-by-others'): MarkResult {
  return { result, mark: { mark: 'released', tag: null, releasedArtifact: null } };
}

function gone(): MarkResult {
  return { result: 'subject-gone', mark: { mark: 'none', tag: null, releasedArtifact: null } };
}
