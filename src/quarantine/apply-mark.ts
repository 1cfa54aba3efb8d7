import { LOCK_MARK, labelOf } from '../domain/mark-name.ts';
import { markNames } from '../domain/tag-template.ts';
import type { EffectOutbox } from '../ports/effect-outbox.ts';
import type { LockedImages } from '../ports/locked-images.ts';
import type { ConfiguredRegistry } from '../ports/registries.ts';
import type { SubjectRecord } from '../ports/subject-record.ts';
import type { TagWriter } from '../ports/tag-writer.ts';
import { applyLabel, removeLabel } from './apply-label.ts';
import { applyLock, removeLock } from './apply-lock.ts';
import { applyQuarantine } from './apply-quarantine.ts';
import { applyRelease } from './apply-release.ts';
import type { MarkResult } from './mark-request.ts';
import { nameTest } from './name-test.ts';

/** A mark to put on an image or to take off it, of whichever kind its name says. */
export interface MarkWrite {
  readonly kind: 'quarantine' | 'release';
  /** As it was planned: a tag, or a label as `labelMark` names it. */
  readonly mark: string;
  /** Of the configuration: template of our tag, and our label. */
  readonly template: string;
  readonly label: string;
  readonly registry: Pick<ConfiguredRegistry, 'id' | 'reader' | 'labels' | 'locks'> & { readonly writer: TagWriter };
  readonly known: SubjectRecord;
  readonly images: LockedImages;
  readonly outbox: Pick<EffectOutbox, 'findHolder'>;
  readonly signal?: AbortSignal;
}

/**
 * Makes one registry write. The name decides and not the configuration, which may have changed since it was planned.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, `TAG_WRITE_REFUSED`
 * @throws {InvalidInputError} `JOB_MALFORMED` for a tag that cannot be ours.
 */
export async function applyMark(write: MarkWrite): Promise<MarkResult> {
  const { kind, mark, template, registry, known, images, outbox, signal } = write;
  const { repository, digest } = known;
  const shared = { subject: { repository, digest }, ...(signal !== undefined && { signal }) };
  if (mark === LOCK_MARK) {
    const request = { registry, images, subject: known, ...(signal !== undefined && { signal }) };
    return kind === 'release' ? removeLock(request) : applyLock(request);
  }
  const planned = labelOf(mark);
  if (planned !== undefined) {
    const request = { ...shared, registryId: registry.id, labels: registry.labels };
    if (kind === 'release') return removeLabel({ ...request, label: planned });
    // A tampered record can not make us hang another label on an image than ours.
    return applyLabel({ ...request, label: write.label });
  }
  const { reader, writer } = registry;
  const request = { ...shared, reader, writer, names: markNames(template, digest, mark) };
  if (kind === 'release') return applyRelease(request);
  return applyQuarantine({ ...request, isAnothers: nameTest(outbox, known) });
}
