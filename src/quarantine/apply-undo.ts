import { type Digest, matchesDigest } from '../domain/digest.ts';
import { FaultError } from '../kit/errors.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import type { TagWriter } from '../ports/tag-writer.ts';
import { noMarkArtifact } from './released-artifact.ts';
import { removeTag } from './remove-tag.ts';

/** A tag of ours that stands where it does not belong. */
export interface UndoRequest {
  readonly reader: RegistryReader;
  readonly writer: TagWriter;
  readonly repository: string;
  readonly tag: string;
  readonly signal: AbortSignal;
}

/** How a false mark was undone. */
export type Undone = 'put-back' | 'untagged' | 'marked-nothing' | 'subject-gone';

/**
 * Takes a tag off that marks nothing: deletes it, or points it to an artifact that says so.
 * @throws {FaultError} `REGISTRY_*`, `TAG_WRITE_REFUSED`
 */
export async function removeFalseMark({ writer, repository, tag, signal }: UndoRequest): Promise<Undone> {
  const end = await removeTag({ writer, repository, tag, replacement: noMarkArtifact(), signal });
  return end === 'off' ? 'untagged' : 'marked-nothing';
}

/**
 * Puts a mark back on its image. The tag is deleted first: some registries (zot) drop the image that a tag is moved
 * away from, and with it a part of somebody's index.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, `TAG_WRITE_REFUSED`
 */
export async function restoreMark(request: UndoRequest, digest: Digest): Promise<Undone> {
  const { reader, writer, repository, tag, signal } = request;
  const manifest = await reader.readManifest(repository, { digest }, signal);
  if (manifest === null) return 'subject-gone';
  if (!matchesDigest(manifest.bytes, digest)) {
    throw new FaultError('DIGEST_MISMATCH', `the registry sent other bytes than ${digest}`, { retryable: true });
  }
  await writer.deleteTag(repository, tag, signal);
  const { bytes, mediaType } = manifest;
  await writer.putTag(repository, tag, { bytes, mediaType, digest }, signal);
  return 'put-back';
}
