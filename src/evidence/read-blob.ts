import type { EvidenceLayer } from './candidate.ts';
import type { EvidenceLook } from './evidence-look.ts';
import { orTooLarge } from './read-tagged.ts';

/**
 * The bytes of a layer, or why there are none: the registry does not have it (`null`), it is more than any evidence may
 * have, or than may still be fetched.
 */
export type FetchedBlob = Uint8Array | null | 'too-large' | 'over-budget';

/**
 * Fetches one layer of as many bytes as its manifest says; `too-large` if there are more.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
 */
export async function readBlob(look: EvidenceLook, { digest, size }: EvidenceLayer): Promise<FetchedBlob> {
  const { reader, repository, signal, budget } = look;
  if (!budget.take(size)) return 'over-budget';
  return orTooLarge(reader.readBlob(repository, { digest, size }, signal));
}

/**
 * Fetches one layer that is larger than its manifest says, up to the limit. A manifest is its pusher's word: were that
 * a fault, anybody could keep an image from ever being judged by attaching such a one. It needs room in memory for the
 * largest piece, so only one is read at a time.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
 */
export async function readWhole(look: EvidenceLook, { digest, size }: EvidenceLayer): Promise<FetchedBlob> {
  const { reader, repository, signal, budget, limits } = look;
  if (size >= limits.itemBytes) return 'too-large';
  if (!budget.take(limits.itemBytes)) return 'over-budget';
  const read = await orTooLarge(reader.readBlob(repository, { digest, size: limits.itemBytes }, signal));
  if (read !== 'too-large') budget.giveBack(limits.itemBytes - (read?.length ?? 0));
  return read;
}
