import { type Digest, digestOf } from '../domain/digest.ts';
import { type Descriptor, type Manifest, OCI_EMPTY, OCI_MANIFEST } from '../domain/manifest.ts';
import { type DocumentKind, documentKindOf } from './document-types.ts';
import { CONFIG_BYTES, PUSH_BYTES, PUSH_PARTS } from './evidence-limits.ts';
import { digestNamedBy } from './evidence-tags.ts';
import { COSIGN_ARTIFACT, evidenceKindOf } from './evidence-types.ts';
import type { ImageClaims } from './image-claims.ts';
import { BUILD_ATTESTATION, IMAGE, INDEX, type ManifestKind } from './manifest-kind.ts';
import { isRuntimeConfigType, isRuntimeLayerType, mayListDiffIds } from './runtime-types.ts';

const EMPTY_DIGEST = digestOf(new TextEncoder().encode('{}'));

/** What is known about a manifest so far. */
export interface Seen {
  /** What its configuration claims; `null` if that can be read in more than one way. */
  readonly claims?: ImageClaims | null;
  /**
   * The digests that each layer names, for layers that were read; `null` for a layer that is not what its type says.
   */
  readonly names: ReadonlyMap<Digest, readonly Digest[] | null>;
  /** The tag it was pushed under, if known: tells which image evidence is about, never what it is. */
  readonly tag?: string;
  /** The most bytes of one layer that are read. */
  readonly itemBytes: number;
}

/** An answer, or what must be read before there is one. */
export type KindDecision =
  | ManifestKind
  | { readonly kind: 'unread-config'; readonly config: Descriptor }
  | { readonly kind: 'unread-layers'; readonly layers: readonly Descriptor[]; readonly as: DocumentKind };

/**
 * Decides what a manifest is: the one place where an image is told from what is none. Evidence and artifacts are what
 * is known to be run by nothing (`runtime-types.ts`); everything else is an image, whatever it is called, whatever it
 * refers to, and whatever limit kept us from reading it. Pure: what must be read to tell, it asks for.
 */
export function decideKind(manifest: Manifest, seen: Seen): KindDecision {
  const { config, layers, mediaType } = manifest;
  if (config === undefined || !isReadWhole(manifest)) return IMAGE;
  const isOwn = mediaType === OCI_MANIFEST && !isRuntimeConfigType(config.mediaType);
  if (isOwn && config.digest === EMPTY_DIGEST) return typed(manifest, seen);
  const documents = documentKindOf(layers.map((layer) => layer.mediaType));
  if (documents === undefined && !isOwn) return IMAGE;
  if (layers.some((layer) => isRuntimeLayerType(layer.mediaType))) return IMAGE;
  if (config.size > CONFIG_BYTES || (documents !== undefined && !isReadable(layers, seen))) return IMAGE;
  const { claims } = seen;
  if (claims === undefined) return { kind: 'unread-config', config };
  if (claims === null || claims.hasCommand) return IMAGE;
  if (isOwn && (!matchesLayers(claims, manifest) || mayListDiffIds(config.mediaType))) return typed(manifest, seen);
  return documents === undefined ? IMAGE : decideDocuments(manifest, documents, { claims, seen });
}

/** Decides what an index is, from what its children are: whatever lists an image is one of images. */
export function decideIndexKind(
  { artifactType, manifests }: Manifest,
  tag: string | undefined,
  children: readonly ManifestKind[],
): ManifestKind {
  const named = namedBy(tag);
  if (manifests.length === 0) return named.length === 0 ? INDEX : { kind: 'evidence', of: named };
  const about: Digest[][] = [];
  for (const child of children) {
    if (child.kind === 'image' || child.kind === 'index') return INDEX;
    about.push([...child.of]);
  }
  if (about.every((of) => of.length > 0)) return { kind: 'evidence', of: unique([...named, ...about.flat()]) };
  return artifactType === undefined ? INDEX : { kind: 'artifact', type: artifactType, of: [] };
}

/** Whether children of an index can be read to tell what it is; if not, it counts as one of images. */
export function isReadableIndex(manifest: Manifest): boolean {
  const { manifests } = manifest;
  return isReadWhole(manifest) && manifests.length <= PUSH_PARTS && manifests.every(({ platform }) => !platform);
}

/**
 * For a manifest that no runtime runs: evidence if it refers to an image and its layers are of types of evidence, else
 * an artifact of its type.
 */
function typed(manifest: Manifest, { tag }: Seen): ManifestKind {
  const { artifactType, config, layers, subject } = manifest;
  const ownType = config === undefined || config.mediaType === OCI_EMPTY ? undefined : config.mediaType;
  const type = artifactType ?? ownType;
  const isEvidence = layers.length > 0 && layers.every(({ mediaType }) => evidenceKindOf(mediaType) !== undefined);
  if (subject !== undefined && (isEvidence || type === COSIGN_ARTIFACT))
    return { kind: 'evidence', of: [subject.digest] };
  const of = unique([...namedBy(tag), ...(subject === undefined ? [] : [subject.digest])]);
  if (type !== undefined) return { kind: 'artifact', type, of };
  // Something without a type counts as an image, unless it says to which manifest it belongs.
  return subject === undefined ? IMAGE : { kind: 'artifact', type: layers[0]?.mediaType ?? 'untyped', of };
}

/** A layer may be listed many times, because many people may have signed one payload. */
function decideDocuments(
  manifest: Manifest,
  kind: DocumentKind,
  { claims, seen }: { readonly claims: ImageClaims; readonly seen: Seen },
): KindDecision {
  const { layers, subject } = manifest;
  const digests = new Set<string>(layers.map(({ digest }) => digest));
  // A document is not compressed, so the `diffIds` in its configuration must be the digests of the documents
  // themselves.
  if (claims.diffIds.some((diffId) => !digests.has(diffId))) return IMAGE;
  const unread = distinct(layers).filter(({ digest }) => !seen.names.has(digest));
  if (unread.length > 0) return { kind: 'unread-layers', layers: unread, as: kind };
  const about: (readonly Digest[])[] = [];
  for (const { digest } of layers) {
    const names = seen.names.get(digest);
    if (names === undefined || names === null) return IMAGE;
    about.push(names);
  }
  const attached = [...namedBy(seen.tag), ...(subject === undefined ? [] : [subject.digest])];
  const of = unique([...attached, ...about.flat()]);
  if (kind === 'cosign') return { kind: 'evidence', of };
  const type = kind === 'statement' ? BUILD_ATTESTATION : layers[0]?.mediaType;
  return { kind: 'artifact', type: manifest.artifactType ?? type ?? 'untyped', of };
}

function isReadable(layers: readonly Descriptor[], { itemBytes }: Seen): boolean {
  const parts = distinct(layers);
  const bytes = parts.reduce((sum, { size }) => sum + size, 0);
  return parts.length <= PUSH_PARTS && bytes <= PUSH_BYTES && layers.every(({ size }) => size <= itemBytes);
}

function matchesLayers({ diffIds }: ImageClaims, { layers }: Manifest): boolean {
  return diffIds.length > 0 && diffIds.length === layers.length;
}

function distinct(layers: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}

function namedBy(tag: string | undefined): readonly Digest[] {
  const named = tag === undefined ? undefined : digestNamedBy(tag);
  return named === undefined ? [] : [named];
}

function unique(digests: readonly Digest[]): readonly Digest[] {
  return [...new Set(digests)];
}

/**
 * Whether everything a manifest lists was read. Descriptors that name nothing we can fetch are left out when it is
 * read, and of an unreadable one nothing is known; a runtime may read both.
 */
export function isReadWhole({ isPartlyRead, unreadable }: Manifest): boolean {
  return unreadable === undefined && isPartlyRead !== true;
}
