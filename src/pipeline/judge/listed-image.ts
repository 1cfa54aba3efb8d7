import type { Digest } from '../../domain/digest.ts';
import { type Descriptor, isIndexMediaType, type Manifest } from '../../domain/manifest.ts';
import { isReadWhole } from '../../evidence/decide-kind.ts';
import { readManifestKind } from '../../evidence/read-manifest-kind.ts';
import { FaultError } from '../../kit/errors.ts';
import { shortText } from '../../kit/short-text.ts';
import { MAX_LISTED, TOO_MANY_LISTED } from '../../policy/judge/listed-images.ts';
import type { JudgementTarget } from './judgement-target.ts';

/** BuildKit writes one manifest for each image; each costs as much as an image. */
const MAX_ATTESTATIONS = 3;

/** An image as an index lists it, or an index in it. */
export interface ListedImage {
  readonly digest: Digest;
  /** Its platform, or its digest where the index names none. */
  readonly name: string;
  /** `null`: the registry does not have it. */
  readonly manifest: Manifest | null;
  /** What its builder put beside it in the same index. */
  readonly attestations: readonly Digest[];
}

/** How an index is read. */
export type ListedFrom = Pick<JudgementTarget, 'repository' | 'evidenceBytes' | 'onGap' | 'signal'> & {
  readonly registry: Pick<JudgementTarget['registry'], 'reader'>;
};

/** What was found in an index, in order; `cut` says why not all of it could be looked at. */
export type Listed = { readonly image: ListedImage } | { readonly cut: string };

/** Walks what an index lists, and what the indexes in it list, each once, leaving out what no runtime runs. */
export async function* walkListed(target: ListedFrom, top: Manifest): AsyncGenerator<Listed> {
  const seen = new Set<Digest>([top.digest]);
  const indexes = [top];
  // Indexes that are found are added to the list while it is walked.
  for (const index of indexes) {
    if (!isReadWhole(index)) return yield { cut: `${index.digest} cannot be read completely` };
    for (const child of index.manifests) {
      if (seen.has(child.digest)) continue;
      // The index itself is among those seen.
      if (seen.add(child.digest).size - 1 > MAX_LISTED) return yield { cut: TOO_MANY_LISTED };
      const manifest = await readChild(target, child.digest);
      if (manifest !== null && (isIndexMediaType(manifest.mediaType) || manifest.unreadable !== undefined)) {
        indexes.push(manifest);
      } else if (manifest !== null && (await isNoImage(target, manifest))) continue;
      const { digest, platform } = child;
      const name = platform ? shortText(`${platform.os}/${platform.architecture}`) : digest;
      yield { image: { digest, name, manifest, attestations: attestationsFor(digest, index.manifests) } };
    }
  }
}

function readChild({ registry, repository, signal }: ListedFrom, digest: Digest): Promise<Manifest | null> {
  return registry.reader.readManifest(repository, { digest }, signal);
}

// The platform in the list is the pusher's word: what it holds tells that BuildKit's attestations are no images.
async function isNoImage(target: ListedFrom, manifest: Manifest): Promise<boolean> {
  const { registry, repository, evidenceBytes, onGap, signal } = target;
  const { kind } = await readManifestKind({
    reader: registry.reader,
    repository,
    manifest,
    ...(evidenceBytes !== undefined && { itemBytes: evidenceBytes }),
    ...(onGap && { onGap }),
    ...(signal && { signal }),
  });
  return kind === 'artifact' || kind === 'evidence';
}

/**
 * Whether something is larger than the limits allow: whoever pushed it has made it so, and must not keep everything else
 * in the index from being told.
 */
export function isLeftOut(error: unknown): boolean {
  return error instanceof FaultError && error.code === 'REGISTRY_RESPONSE_TOO_LARGE';
}

/** https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md#attestation-manifest-descriptor */
function attestationsFor(digest: Digest, siblings: readonly Descriptor[]): readonly Digest[] {
  return siblings
    .filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest')
    .filter(({ annotations }) => annotations?.['vnd.docker.reference.digest'] === digest)
    .slice(0, MAX_ATTESTATIONS)
    .map((attestation) => attestation.digest);
}
