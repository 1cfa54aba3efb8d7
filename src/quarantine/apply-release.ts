import type { WriteResult } from '../domain/write-result.ts';
import { assertOwnNames, type MarkRequest, type MarkResult } from './mark-request.ts';
import { pointsTo, readName } from './read-name.ts';
import { isNoMark, releasedArtifact } from './released-artifact.ts';
import { removeTag } from './remove-tag.ts';

/** How a release ended, the most telling first: of several names, most are not there. */
const TELLING: readonly WriteResult[] = ['marked-released', 'untagged', 'tag-moved', 'tag-absent'];

/**
 * Takes our tag off an image, if it still points to it, under each name it may have: a write whose end nobody knows may
 * have taken another. The tag is deleted, never the digest (that would take every other tag with it). Where the registry
 * refuses, it is re-pointed to the "released" artifact. Done again it changes nothing.
 * @throws {FaultError} `REGISTRY_*`, `TAG_WRITE_REFUSED`: the mark is as it was, or off under some of its names.
 * @throws {InvalidInputError} `JOB_MALFORMED` for a tag that cannot be ours.
 */
export async function applyRelease(request: MarkRequest): Promise<MarkResult> {
  assertOwnNames(request);
  const ends: MarkResult[] = [];
  for (const tag of request.names) ends.push(await release(request, tag));
  for (const telling of TELLING) {
    const end = ends.find(({ result }) => result === telling);
    if (end !== undefined) return end;
  }
  throw new TypeError('an image has a name of ours at least');
}

async function release({ reader, writer, subject, signal }: MarkRequest, tag: string): Promise<MarkResult> {
  const named = await readName(reader, subject.repository, tag, signal);
  if (named.kind === 'nothing' || (named.kind === 'manifest' && isNoMark(named.manifest)))
    return released('tag-absent');
  const replacement = releasedArtifact(subject.digest);
  const markedReleased: MarkResult = {
    result: 'marked-released',
    mark: { mark: 'released', tag, releasedArtifact: replacement.digest },
  };
  if (named.kind === 'manifest' && named.manifest.digest === replacement.digest) return markedReleased;
  if (!pointsTo(named, subject.digest)) return released('tag-moved');
  const end = await removeTag({ writer, repository: subject.repository, tag, replacement, signal });
  return end === 'replaced' ? markedReleased : released('untagged');
}

function released(result: WriteResult): MarkResult {
  return { result, mark: { mark: 'released', tag: null, releasedArtifact: null } };
}
