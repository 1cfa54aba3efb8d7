import { createHash } from 'node:crypto';

/** A content address such as `sha256:<64 hex>`; only the two algorithms the OCI image specification registers. */
export type Digest = string & { readonly __brand: 'Digest' };

// https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#registered-algorithms
const WELL_FORMED = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Reads a digest; anything that is not exactly a registered algorithm and its lower-case hex is `undefined`. */
export function parseDigest(text: unknown): Digest | undefined {
  return typeof text === 'string' && WELL_FORMED.test(text) ? (text as Digest) : undefined;
}

/** The sha256 digest of these bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** The algorithm (`sha256` or `sha512`) a digest was made with. */
export function digestAlgorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The first 12 hexadecimal characters: what people read. Two digests that share them are found in half a minute. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}

/** Whether these bytes have this digest, by the digest's own algorithm. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  return createHash(digestAlgorithm(digest)).update(bytes).digest('hex') === digestHex(digest);
}
