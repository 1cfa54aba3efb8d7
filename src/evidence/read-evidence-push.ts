import type { Digest } from '../domain/digest.ts';
import { isIndexMediaType, type Manifest } from '../domain/manifest.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import { isArtifact } from './artifact-config.ts';
import { EVIDENCE_LIMITS, PUSH_PARTS } from './evidence-limits.ts';
import { digestNamedBy } from './evidence-tags.ts';
import { evidenceKindOf } from './evidence-types.ts';
import { isReadWhole } from './is-read-whole.ts';
import { mapBounded } from './map-bounded.ts';
import { namedByPayload } from './named-by-payload.ts';

/** A manifest that was pushed. */
export interface EvidencePush {
  readonly reader: Pick<RegistryReader, 'readManifest' | 'readBlob'>;
  readonly repository: string;
  readonly manifest: Manifest;
  /** The tag it was pushed under, if the event named one: tells which image it is about, never what it is. */
  readonly tag?: string;
  /** The most bytes of one layer of evidence; what is larger is none. */
  readonly itemBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Tells whether a push is evidence about other digests, and which: a referrer, cosign's signatures or attestations, or
 * a fallback index of referrers. `null` means an image, to be judged. A name never decides, or an image could hide
 * behind one; and what could still be run counts as an image, whatever it claims to refer to.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
 */
export async function readEvidencePush(push: EvidencePush): Promise<readonly Digest[] | null> {
  const { manifest } = push;
  if (!isReadWhole(manifest)) return null;
  if (isIndexMediaType(manifest.mediaType)) return readFallbackIndex(push);
  if (manifest.subject !== undefined && isArtifact(manifest)) return [manifest.subject.digest];
  return readCosignImage(push);
}

/** An index is evidence if everything in it is a referrer; each child is looked at, for any of them could be run. */
async function readFallbackIndex(push: EvidencePush): Promise<readonly Digest[] | null> {
  const { manifest, reader, repository, signal } = push;
  const children = manifest.manifests;
  const named = namedByTag(push);
  if (children.length === 0) return named.length === 0 ? null : named;
  if (children.length > PUSH_PARTS || children.some(({ platform }) => platform)) return null;
  let isImage = false;
  const subjects = await mapBounded(children, EVIDENCE_LIMITS.concurrency, async ({ digest }) => {
    if (isImage) return undefined;
    const child = await reader.readManifest(repository, { digest }, signal);
    const subject = child !== null && isArtifact(child) ? child.subject?.digest : undefined;
    isImage ||= subject === undefined;
    return subject;
  });
  return isImage ? null : unique([...named, ...subjects]);
}

/**
 * cosign stores signatures as layers of an image manifest with an image's configuration, so only the layers can tell:
 * each must be small and read as what its type says. An archive under such a type does not.
 */
async function readCosignImage(push: EvidencePush): Promise<readonly Digest[] | null> {
  const { manifest, reader, repository, signal, itemBytes = EVIDENCE_LIMITS.itemBytes } = push;
  const kinds = new Set(manifest.layers.map(({ mediaType }) => evidenceKindOf(mediaType)));
  if (kinds.size === 0 || kinds.has(undefined) || kinds.has('bundle')) return null;
  // Many may have signed the same payload.
  const layers = [...new Map(manifest.layers.map((layer) => [layer.digest, layer])).values()];
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  if (layers.length > PUSH_PARTS || bytes > EVIDENCE_LIMITS.items * itemBytes) return null;
  if (manifest.layers.some(({ size }) => size > itemBytes)) return null;
  const payloads = await mapBounded(layers, EVIDENCE_LIMITS.concurrency, async (layer) =>
    namedByPayload(await reader.readBlob(repository, layer, signal)),
  );
  if (payloads.some((digests) => digests === null)) return null;
  return unique([...namedByTag(push), ...payloads.flat()]);
}

function namedByTag({ tag }: EvidencePush): readonly Digest[] {
  const named = tag === undefined ? undefined : digestNamedBy(tag);
  return named === undefined ? [] : [named];
}

function unique(digests: readonly (Digest | null | undefined)[]): readonly Digest[] {
  return [...new Set(digests.filter((digest) => digest !== null && digest !== undefined))];
}
