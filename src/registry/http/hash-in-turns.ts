import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Digest, digestAlgorithm, digestHex } from '../../domain/digest.ts';

/** Hashed within 5 ms; 64 MiB at once would hold up everybody else for 100. */
const SLICE_BYTES = 4 * 1024 * 1024;

/** Whether these bytes have this digest; others get their turn in between. */
export async function matchesDigestInTurns(bytes: Uint8Array, digest: Digest): Promise<boolean> {
  const hash = createHash(digestAlgorithm(digest));
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + SLICE_BYTES));
  }
  return hash.digest('hex') === digestHex(digest);
}
