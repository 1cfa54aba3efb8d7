import type { Digest } from '../domain/digest.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Manifest } from '../domain/manifest.ts';
import { announcedByLayer } from './announcement.ts';
import type { Candidate, EvidenceLayer } from './candidate.ts';
import { COSIGN_ARTIFACT, evidenceKindOf } from './evidence-types.ts';

/** What one place in the registry holds, the newest first where that shows. */
export interface PlaceContents {
  readonly candidates: readonly Candidate[];
  /** What holds evidence but cannot be read. */
  readonly refused: readonly Evidence[];
  /** Which limit kept us from reading all of it. */
  readonly cutShort?: string;
}

export const NOTHING: PlaceContents = { candidates: [], refused: [] };

/** The evidence in the image cosign puts under a tag, the newest first: cosign adds each layer behind the others. */
export function layersUnderTag(manifest: Manifest, place: 'signature-tag' | 'attestation-tag'): EvidenceLayer[] {
  return layersOf(manifest)
    .map((layer) => ({ ...layer, place }))
    .toReversed();
}

/**
 * The evidence in a referrer: bundles, and cosign's layers in its own experimental artifact. A manifest that names
 * another subject, or none, is none of ours whatever the list says.
 */
export function layersOfReferrer(
  manifest: Manifest,
  subject: Digest,
  place: 'referrer' | 'fallback-tag',
): EvidenceLayer[] {
  if (manifest.subject?.digest !== subject) return [];
  const isLegacy = manifest.config?.mediaType === COSIGN_ARTIFACT || manifest.artifactType === COSIGN_ARTIFACT;
  return layersOf(manifest)
    .filter((layer) => layer.kind === 'bundle' || isLegacy)
    .map((layer) => ({ ...layer, place: layer.kind === 'bundle' ? place : 'legacy-referrer' }));
}

/** The same contents, marked as those of another repository. */
export function contentsOf(repository: string, { candidates, refused, ...rest }: PlaceContents): PlaceContents {
  return {
    ...rest,
    candidates: candidates.map((candidate) => ({ ...candidate, repository })),
    refused: refused.map((item) => ({ ...item, repository })),
  };
}

function layersOf(manifest: Manifest): Omit<EvidenceLayer, 'place'>[] {
  return manifest.layers.flatMap((layer) => {
    const { mediaType, digest, size, annotations = {} } = layer;
    const kind = evidenceKindOf(mediaType);
    const announced = announcedByLayer(layer, manifest.annotations);
    return kind === undefined
      ? []
      : [{ kind, digest, manifest: manifest.digest, size, annotations, ...(announced && { announced }) }];
  });
}
