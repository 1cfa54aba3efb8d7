import { type Digest, digestOf, parseDigest } from '../domain/digest.ts';
import { type Manifest, OCI_EMPTY, OCI_MANIFEST } from '../domain/manifest.ts';

/** Type of the artifact our tag points to after a release, where the registry does not delete tags. */
export const RELEASED_ARTIFACT_TYPE = 'application/vnd.lazaret.released.v1+json';

/** The annotation that names the image whose quarantine is lifted. */
export const RELEASED_DIGEST_ANNOTATION = 'dev.lazaret.released.digest';

/** Type of the artifact that a tag of ours points to where it marks nothing, where the registry does not delete tags. */
export const NO_MARK_ARTIFACT_TYPE = 'application/vnd.lazaret.no-mark.v1+json';

/** What is written in place of a tag that cannot be deleted. */
export interface Placeholder {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

/** The blob both descriptors name: `{}`, by image-spec "Guidance for an Empty Descriptor". */
export function emptyBlob(): Uint8Array {
  return new TextEncoder().encode('{}');
}

/**
 * The artifact that says an image is no longer in quarantine: an OCI manifest without content, readable by people in
 * its annotations. The same digest always gives the same bytes (no clock, fixed key order), so that writing it twice
 * is harmless and its push event can be recognised. It has no `subject`: it must not appear among the image's evidence.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage
 */
export function releasedArtifact(released: Digest): Placeholder {
  return standIn(RELEASED_ARTIFACT_TYPE, {
    [RELEASED_DIGEST_ANNOTATION]: released,
    'org.opencontainers.image.title': 'released',
    'org.opencontainers.image.description': `Lazaret lifted the quarantine of ${released}. This registry does not delete tags, so the quarantine tag points here instead.`,
  });
}

/** The artifact that says that a tag of ours marks nothing. Always the same bytes. */
export function noMarkArtifact(): Placeholder {
  return NO_MARK;
}

/** Whether a manifest is that artifact, byte for byte. It does not matter who pushed it. */
export function isNoMark({ digest }: Pick<Manifest, 'digest'>): boolean {
  return digest === noMarkArtifact().digest;
}

const EMPTY = { mediaType: OCI_EMPTY, digest: digestOf(emptyBlob()), size: emptyBlob().byteLength };

// Every event and every manifest is compared with it, so it is made once.
const NO_MARK = standIn(NO_MARK_ARTIFACT_TYPE, {
  'org.opencontainers.image.title': 'no mark',
  'org.opencontainers.image.description':
    'This tag marks no image. Lazaret took it off one it did not belong on; this registry does not delete tags, so it points here instead.',
});

function standIn(artifactType: string, annotations: Readonly<Record<string, string>>): Placeholder {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: EMPTY,
    layers: [EMPTY],
    annotations,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  return { bytes, mediaType: OCI_MANIFEST, digest: digestOf(bytes) };
}

/**
 * The image whose release this manifest announces; `undefined` unless it is, byte for byte, an artifact of ours. It
 * holds nothing that could be run, so it does not matter who pushed it.
 */
export function parseReleasedArtifact(manifest: Pick<Manifest, 'digest' | 'annotations'>): Digest | undefined {
  const released = parseDigest(manifest.annotations[RELEASED_DIGEST_ANNOTATION]);
  return released !== undefined && releasedArtifact(released).digest === manifest.digest ? released : undefined;
}
