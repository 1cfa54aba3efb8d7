import { MAX_EVIDENCE_MIB } from '../domain/evidence.ts';

/** Bounds of what one registry may cost. Bytes, milliseconds, counts. */
export interface RegistryLimits {
  readonly manifestBytes: number;
  readonly referrersPageBytes: number;
  /** The most of any blob; who reads evidence sets a lower bound of its own. */
  readonly blobBytes: number;
  readonly referrerPages: number;
  /** With more than so many the list is followed no further. */
  readonly referrerDescriptors: number;
  /** All pages of a list together. */
  readonly referrerListBytes: number;
  readonly redirects: number;
  readonly headersMs: number;
  readonly bodyIdleMs: number;
  /** One request with its redirects, from the first byte sent to the last received. */
  readonly requestMs: number;
  /** A pause after 429 up to this length is waited for; a longer one is a fault that names it. */
  readonly pauseMs: number;
  readonly concurrency: number;
  /** Quick repeats of an idempotent request before the caller hears of a fault. */
  readonly retries: number;
}

const MIB = 1024 * 1024;

/** The limits L3, L4 and L6 of the threat model; registries themselves refuse manifests over 4 MiB. */
export const REGISTRY_LIMITS: RegistryLimits = {
  manifestBytes: 4 * MIB,
  referrersPageBytes: 4 * MIB,
  blobBytes: MAX_EVIDENCE_MIB * MIB,
  referrerPages: 50,
  // An image that is scanned every day for years has two thousand.
  referrerDescriptors: 20_000,
  referrerListBytes: 16 * MIB,
  redirects: 3,
  headersMs: 10_000,
  bodyIdleMs: 10_000,
  requestMs: 20_000,
  pauseMs: 3_000,
  // 50 verdicts a second at 0.15 s each need 8 in flight; more only provokes 429.
  concurrency: 16,
  retries: 2,
};

/**
 * What one manifest or page of referrers may hold. Ten values each, 4 MiB have room for nine thousand referrers, which
 * take 40 ms of the main thread; nobody writes an object of so many names, which would take far longer to compare,
 * and names repeat: of 96,000 different ones `JSON.parse` takes 70 ms at once, of 10,000 some ten.
 */
export const MANIFEST_BOUNDS = { maxValues: 100_000, maxNames: 2_000, maxDifferentNames: 10_000 };

/** An error body is read this far: enough for the registry's own code and words. */
export const ERROR_BODY_BYTES = 8 * 1024;

/** A token answer: tokens of hosted registries are 1 to 4 KiB. */
export const TOKEN_BODY_BYTES = 64 * 1024;
