import type { Digest } from './digest.ts';

/** A content descriptor (image-spec `descriptor.md`), read into a fresh object. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** A manifest or index as fetched: its bytes, hashed, and the fields Lazaret reads. */
export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly artifactType?: string;
  readonly config?: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The children of an index; empty for an image manifest. */
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
  /** It also lists entries that cannot be fetched. They were left out; a runtime may still read them. */
  readonly isPartlyRead?: true;
  /** Why the bytes could not be read as a manifest, in words; all lists are empty then. They were hashed all the same. */
  readonly unreadable?: string;
  /** Set besides `unreadable` where a limit was the reason, not the form of the bytes. */
  readonly isOverLimit?: true;
}

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json';

/** Every manifest media type Lazaret asks for and knows how to read. */
export const MANIFEST_MEDIA_TYPES: readonly string[] = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST];

/** Whether this media type is one of an image manifest or an index. */
export function isManifestMediaType(mediaType: string): boolean {
  return MANIFEST_MEDIA_TYPES.includes(mediaType);
}

/** Whether this media type is one of an index (a list of manifests). */
export function isIndexMediaType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}
