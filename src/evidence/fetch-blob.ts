import type { EvidenceLook } from './evidence-look.ts';
import type { EvidenceLayer } from './place-contents.ts';
import { orTooLarge } from './read-tagged.ts';

/** The bytes of a layer; `too-large` when there are more than any evidence may have, whatever its manifest says. */
export type FetchedBlob = Uint8Array | 'too-large';

/**
 * Fetches one layer, unless that takes more bytes than may still be fetched. A manifest is its pusher's word: where the
 * blob is larger than it says, it is read up to the limit. Were that a fault, anybody could keep an image from ever
 * being judged by attaching such a manifest.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: could not tell.
 */
export async function fetchBlob(
  look: EvidenceLook,
  { digest, size }: EvidenceLayer,
): Promise<FetchedBlob | 'over-budget'> {
  const { reader, repository, signal, limits, budget } = look;
  if (!budget.take(size)) return 'over-budget';
  const inFull = await orTooLarge(reader.readBlob(repository, { digest, size }, signal));
  if (inFull !== 'too-large' || size === limits.itemBytes) return inFull;
  if (!budget.take(limits.itemBytes)) return 'over-budget';
  return orTooLarge(reader.readBlob(repository, { digest, size: limits.itemBytes }, signal));
}
