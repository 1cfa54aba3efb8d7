import type { Digest } from '../domain/digest.ts';
import type { Annotations, EvidenceAnnouncement, EvidencePlace } from '../domain/evidence.ts';
import type { Descriptor } from '../domain/manifest.ts';
import { shortText } from '../kit/short-text.ts';
import type { FetchedKind } from './evidence-types.ts';

/** Something in a registry that may be evidence, or hold some, before it is fetched. */
export type Candidate = ListedReferrer | EvidenceLayer;

interface Found {
  /** `host/repository`, if it lies in another than the image's own. */
  readonly repository?: string;
  /** What it is said to be; decides when it is read, never what it counts for. */
  readonly announced?: EvidenceAnnouncement;
}

/** A manifest that a list says refers to the image. */
export interface ListedReferrer extends Found {
  readonly kind: 'manifest';
  readonly place: 'referrer' | 'fallback-tag';
  readonly descriptor: Descriptor;
}

/** A layer that holds evidence. */
export interface EvidenceLayer extends Found {
  readonly kind: FetchedKind;
  readonly digest: Digest;
  /** The manifest that holds it. */
  readonly manifest: Digest;
  readonly place: EvidencePlace;
  /** Bytes, as its manifest says. */
  readonly size: number;
  readonly annotations: Annotations;
}

/** A name for what it is said to be, for people. */
export function describeAnnounced(announced: EvidenceAnnouncement | undefined): string {
  if (announced === undefined) return 'evidence that does not say of what kind it is';
  if (announced.kind === 'signature') return 'signatures';
  if (announced.kind === 'artifact') return `artifacts of type ${shortText(announced.artifactType)}`;
  return announced.predicateType === undefined
    ? 'attestations'
    : `attestations of type ${shortText(announced.predicateType)}`;
}
