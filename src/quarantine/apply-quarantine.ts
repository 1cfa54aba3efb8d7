import { matchesDigest } from '../domain/digest.ts';
import { FaultError } from '../kit/errors.ts';
import { assertOwnTag, type MarkRequest, type MarkResult } from './mark-request.ts';

/**
 * Puts our tag on an image: fetches its manifest by digest and puts the same bytes under the tag (two requests).
 * Done again it changes nothing. An image that is gone needs no mark.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, `TAG_WRITE_REFUSED`: nothing, or the tag alone, was written.
 * @throws {InvalidInputError} `JOB_MALFORMED` for a tag that cannot be ours.
 */
export async function applyQuarantine(request: MarkRequest): Promise<MarkResult> {
  assertOwnTag(request);
  const { reader, writer, subject, tag, signal } = request;
  const manifest = await reader.readManifest(subject.repository, { digest: subject.digest }, signal);
  if (manifest === null) {
    return { result: 'subject-gone', mark: { mark: 'none', tag: null, releasedArtifact: null } };
  }
  // The reader has hashed them; what is about to be written with our credentials is worth a second look.
  if (!matchesDigest(manifest.bytes, subject.digest)) {
    throw new FaultError('DIGEST_MISMATCH', `the registry sent other bytes than ${subject.digest}`, {
      retryable: true,
    });
  }
  const { bytes, mediaType } = manifest;
  await writer.putTag(subject.repository, tag, { bytes, mediaType, digest: subject.digest }, signal);
  return { result: 'tagged', mark: { mark: 'quarantined', tag, releasedArtifact: null } };
}
