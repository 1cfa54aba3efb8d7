import type { Evidence } from '../domain/evidence.ts';

/** Start of every media type of a Sigstore bundle, whatever its version. */
const BUNDLE_PREFIX = 'application/vnd.dev.sigstore.bundle';

// https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md and ATTESTATION_SPEC.md
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';

/** Type of the artifacts cosign's experimental OCI 1.1 mode attaches: layers as under its `.sig` tag. */
export const COSIGN_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** A kind of evidence that is fetched as a blob. */
export type FetchedKind = Exclude<Evidence['kind'], 'refused'>;

/** What a layer of this media type holds; `undefined` if it is no evidence. */
export function evidenceKindOf(mediaType: string): FetchedKind | undefined {
  if (mediaType.startsWith(BUNDLE_PREFIX)) return 'bundle';
  if (mediaType === SIMPLE_SIGNING) return 'cosign-signature';
  return mediaType === DSSE_ENVELOPE ? 'cosign-attestation' : undefined;
}

/** Whether an artifact type announces a bundle. A hint of order only: lists are written by whoever pushes. */
export function announcesBundle(artifactType: string | undefined): boolean {
  return artifactType?.startsWith(BUNDLE_PREFIX) === true;
}
