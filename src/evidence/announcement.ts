import { COSIGN_SIGN } from '../domain/cosign-sign.ts';
import type { Annotations, EvidenceAnnouncement } from '../domain/evidence.ts';
import { type Descriptor, OCI_EMPTY } from '../domain/manifest.ts';
import { announcesBundle, COSIGN_ARTIFACT, evidenceKindOf } from './evidence-types.ts';

/**
 * What an entry in a list of referrers announces by its artifact type and annotations; `undefined` if nothing.
 * https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export function announcedByReferrer({
  artifactType = OCI_EMPTY,
  annotations = {},
}: Pick<Descriptor, 'artifactType' | 'annotations'>): EvidenceAnnouncement | undefined {
  if (artifactType === COSIGN_ARTIFACT) return { kind: 'signature' };
  // cosign's own fallback index gives the type of the empty config in place of the bundle's, and no annotations.
  if (announcesBundle(artifactType) || artifactType === OCI_EMPTY) return announcedByBundle(annotations);
  return { kind: 'artifact', artifactType };
}

/** What a layer of evidence announces by its own type and annotations, or by those of the manifest that holds it. */
export function announcedByLayer(
  { mediaType, annotations = {} }: Pick<Descriptor, 'mediaType' | 'annotations'>,
  ofManifest: Annotations,
): EvidenceAnnouncement | undefined {
  const kind = evidenceKindOf(mediaType);
  if (kind === 'cosign-signature') return { kind: 'signature' };
  return kind === 'bundle' ? announcedByBundle(ofManifest) : announcedByType(annotations['predicateType'] ?? '');
}

function announcedByBundle(annotations: Annotations): EvidenceAnnouncement | undefined {
  if (annotations['dev.sigstore.bundle.content'] === 'message-signature') return { kind: 'signature' };
  const predicateType = annotations['dev.sigstore.bundle.predicateType'] ?? '';
  return predicateType === '' ? undefined : announcedByType(predicateType);
}

function announcedByType(predicateType: string): EvidenceAnnouncement {
  if (predicateType === '') return { kind: 'attestation' };
  return predicateType === COSIGN_SIGN ? { kind: 'signature' } : { kind: 'attestation', predicateType };
}
