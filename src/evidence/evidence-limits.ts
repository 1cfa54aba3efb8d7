const MIB = 1024 * 1024;

/** How much of what lies in a registry is looked at for one image: bytes and milliseconds, not pieces. */
export interface EvidenceLimits {
  /** One bundle, payload or envelope; a larger one counts as invalid and is not fetched. */
  readonly itemBytes: number;
  /** All manifests and blobs of evidence together. */
  readonly totalBytes: number;
  /** The time for reading evidence that is asked for, or that does not say what it is. */
  readonly askedMs: number;
  /** The time after that for reading evidence that says it is something else. */
  readonly otherMs: number;
  /** Requests under way at the same time. */
  readonly concurrency: number;
}

/**
 * The limits of the threat model (L3, L4, L7). Real images carry one to five pieces of evidence of about 10 KiB each;
 * an image that is scanned every day for years carries two thousand; anybody who may push can attach more.
 */
export const EVIDENCE_LIMITS: EvidenceLimits = {
  // Bills of materials and build records of large images take up to 16 MiB (actions/attest allows as much).
  itemBytes: 16 * MIB,
  totalBytes: 32 * MIB,
  // Of the 50 s of a judgement. Ten thousand small pieces take as long.
  askedMs: 20_000,
  otherMs: 3_000,
  concurrency: 8,
};

/** The limits where one piece may be as large as this: at least two of them are read. */
export function limitsFor(itemBytes: number): Pick<EvidenceLimits, 'itemBytes' | 'totalBytes'> {
  return { itemBytes, totalBytes: Math.max(EVIDENCE_LIMITS.totalBytes, 2 * itemBytes) };
}

/**
 * Layers or referrers that are read to see whether a push is evidence; one of more counts as an image. An image that is
 * scanned every day has two thousand attestations after five years, all of them in each push of one more.
 */
export const PUSH_PARTS = 5_000;

/** A configuration that is read to tell what a push is, on the main thread: those of images take some KiB. */
export const CONFIG_BYTES = MIB;

/**
 * The bytes of one image that are held without waiting for a turn: a hundred times what is attached to an ordinary
 * image.
 */
export const LIGHT_BYTES = 4 * MIB;

/**
 * Bytes of all that is read to tell what a push is, with all that it lists; what holds more counts as an image. Above
 * `LIGHT_BYTES` it waits for its turn: only evidence that cosign has gathered under one tag for years is as large.
 */
export const PUSH_BYTES = 50 * MIB;

/** Registries refuse manifests above this size (distribution-spec 1.1 "Pushing Manifests"), and so does the reader. */
export const MANIFEST_BYTES = 4 * MIB;
