import { type Digest, matchesDigest } from '../domain/digest.ts';
import type { WriteResult } from '../domain/write-result.ts';
import { assertOwnTag, type MarkRequest, type MarkResult } from './mark-request.ts';
import { emptyBlob, releasedArtifact } from './released-artifact.ts';

/**
 * Takes our tag off an image, if it still points to it: by deleting the tag, never the digest (that would take every
 * other tag with it). Where the registry refuses, the tag is re-pointed to the "released" artifact. Done again it
 * changes nothing.
 * @throws {FaultError} `REGISTRY_*`, `TAG_WRITE_REFUSED`: the mark is as it was.
 * @throws {InvalidInputError} `JOB_MALFORMED` for a tag that cannot be ours.
 */
export async function applyRelease(request: MarkRequest): Promise<MarkResult> {
  assertOwnTag(request);
  const { reader, writer, subject, tag, signal } = request;
  const current = await reader.readManifest(subject.repository, { tag }, signal);
  if (current === null) return released('tag-absent');
  const replacement = releasedArtifact(subject.digest);
  if (current.digest === replacement.digest) return released('marked-released', { tag, artifact: replacement.digest });
  if (!matchesDigest(current.bytes, subject.digest)) return released('tag-moved');
  const answer = await writer.deleteTag(subject.repository, tag, signal);
  if (answer !== 'refused') return released('untagged');
  await writer.putBlob(subject.repository, emptyBlob(), signal);
  await writer.putTag(subject.repository, tag, replacement, signal);
  return released('marked-released', { tag, artifact: replacement.digest });
}

function released(result: WriteResult, left?: { readonly tag: string; readonly artifact: Digest }): MarkResult {
  return {
    result,
    mark: { mark: 'released', tag: left?.tag ?? null, releasedArtifact: left?.artifact ?? null },
  };
}
