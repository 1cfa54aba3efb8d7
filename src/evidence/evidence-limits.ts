const MIB = 1024 * 1024;

/** How much of what lies in a registry is looked at for one image. Bytes and counts. */
export interface EvidenceLimits {
  /** One bundle, payload or envelope; a larger one counts as invalid and is not fetched. */
  readonly itemBytes: number;
  /** All manifests and blobs of evidence together. */
  readonly totalBytes: number;
  readonly items: number;
  /** Manifests of referrers that are fetched to see whether they hold evidence. */
  readonly referrerManifests: number;
  /** Requests under way at the same time. */
  readonly concurrency: number;
}

/**
 * The limits of the threat model (L3, L4, L7). Real images carry one to five pieces of evidence of about 10 KiB each;
 * anybody who may push can attach more.
 */
export const EVIDENCE_LIMITS: EvidenceLimits = {
  itemBytes: MIB,
  totalBytes: 16 * MIB,
  items: 50,
  // Twice the items: bills of materials and scan results lie among the referrers as well, and are not evidence.
  referrerManifests: 100,
  concurrency: 8,
};

/**
 * Layers or referrers that are read to see whether a push is evidence; one of more counts as an image. An image that is
 * scanned every day has as many attestations after half a year.
 */
export const PUSH_PARTS = 200;

/** Bytes of all layers that are read for it; what holds more counts as an image. */
export const PUSH_BYTES = 50 * MIB;

/** Registries refuse manifests above this size (distribution-spec 1.1 "Pushing Manifests"), and so does the reader. */
export const MANIFEST_BYTES = 4 * MIB;
