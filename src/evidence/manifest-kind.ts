import type { Digest } from '../domain/digest.ts';
import type { Manifest } from '../domain/manifest.ts';

/** What a manifest is: the answer to "what was pushed", from its content and never from its name. */
export type ManifestKind =
  /** A container image, or what could be run as one. */
  | { readonly kind: 'image' }
  /** A list of manifests of which one at least is an image, or may be. */
  | { readonly kind: 'index' }
  /** Signatures or attestations, about these digests. */
  | { readonly kind: 'evidence'; readonly of: readonly Digest[] }
  /** Something else that nothing runs: a chart, a model, a bill of materials. */
  | {
      readonly kind: 'artifact';
      /** Its `artifactType`, or the media type that stands for one. The pusher's word: told, and matched by policies. */
      readonly type: string;
      /** What it is attached to; empty if it stands for itself. */
      readonly of: readonly Digest[];
    };

export const IMAGE: ManifestKind = { kind: 'image' };
export const INDEX: ManifestKind = { kind: 'index' };

/** The type BuildKit (0.34) gives its attestations; it is told for those of older ones, which have none, too. */
export const BUILD_ATTESTATION = 'application/vnd.docker.attestation.manifest.v1+json';

const IN_TOTO = 'application/vnd.in-toto+json';

/** A layer of a statement about an image, unsigned, as BuildKit writes it. */
export function isStatementType(mediaType: string): boolean {
  return mediaType === IN_TOTO;
}

/**
 * Whether this is what BuildKit lists in an index beside the images: statements about them, unsigned, with an image's
 * configuration or none. Only types are looked at, so it does not prove that nothing can run it.
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
export function isBuildAttestation({ layers, unreadable }: Pick<Manifest, 'layers' | 'unreadable'>): boolean {
  return unreadable === undefined && layers.length > 0 && layers.every(({ mediaType }) => isStatementType(mediaType));
}
