import { matchesDigest } from '../domain/digest.ts';
import { isWholeName } from '../domain/tag-template.ts';
import type { WriteResult } from '../domain/write-result.ts';
import { FaultError } from '../kit/errors.ts';
import { assertOwnNames, type MarkRequest, type MarkResult } from './mark-request.ts';
import { type Named, pointsTo, readName } from './read-name.ts';
import { isNoMark, releasedArtifact } from './released-artifact.ts';

export interface QuarantineRequest extends MarkRequest {
  /** Whether this name is, or is about to become, the mark of another image, by the record. */
  readonly isAnothers: (tag: string) => Promise<boolean>;
}

/**
 * Puts our tag on an image: reads the tag, fetches the image's manifest by digest and puts the same bytes under it. A
 * name that another image has is never moved: the longer one is taken, which no other image can have; what somebody
 * pushed under that is taken off first. Done again it changes nothing. An image that is gone needs no mark.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, `TAG_WRITE_REFUSED`: nothing, or the tag alone, was written.
 * @throws {InvalidInputError} `JOB_MALFORMED` for a tag that cannot be ours.
 */
export async function applyQuarantine(request: QuarantineRequest): Promise<MarkResult> {
  assertOwnNames(request);
  const { reader, writer, subject, signal } = request;
  const { repository, digest } = subject;
  const { tag, named } = await chooseName(request);
  const isTaken = !isFree(named, request);
  const result = isTaken ? 'tagged-over' : tag === request.names[0] ? 'tagged' : 'tagged-longer';
  if (pointsTo(named, digest)) return marked(result, tag);
  const manifest = await reader.readManifest(repository, { digest }, signal);
  if (manifest === null) {
    return { result: 'subject-gone', mark: { mark: 'none', tag: null, releasedArtifact: null } };
  }
  // The reader has hashed them; what is about to be written with our credentials is worth a second look.
  if (!matchesDigest(manifest.bytes, digest)) {
    throw new FaultError('DIGEST_MISMATCH', `the registry sent other bytes than ${digest}`, { retryable: true });
  }
  // Moved away from it, a tag takes its image along in some registries (zot), and an index the image is a part of.
  if (isTaken) await writer.deleteTag(repository, tag, signal);
  const { bytes, mediaType } = manifest;
  await writer.putTag(repository, tag, { bytes, mediaType, digest }, signal);
  return marked(result, tag);
}

/** The first of the names that no other image has. */
async function chooseName(request: QuarantineRequest): Promise<{ readonly tag: string; readonly named: Named }> {
  const { reader, subject, names, isAnothers, signal } = request;
  for (const tag of names) {
    const isWhole = isWholeName(tag, subject.digest);
    // Asked of the record as well: another write of ours may be on its way to the same name.
    if (!isWhole && (await isAnothers(tag))) continue;
    const named = await readName(reader, subject.repository, tag, signal);
    if (isWhole || isFree(named, request)) return { tag, named };
  }
  throw new TypeError('the last name carries the whole digest');
}

/** Whether nothing else is lost by a write: there is nothing, our mark, or what we left there ourselves. */
function isFree(named: Named, { subject: { digest } }: QuarantineRequest): boolean {
  if (named.kind !== 'manifest') return named.kind === 'nothing';
  const { manifest } = named;
  return pointsTo(named, digest) || isNoMark(manifest) || manifest.digest === releasedArtifact(digest).digest;
}

function marked(result: WriteResult, tag: string): MarkResult {
  return { result, mark: { mark: 'quarantined', tag, releasedArtifact: null } };
}
