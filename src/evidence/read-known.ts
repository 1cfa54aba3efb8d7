import type { KnownEvidence } from '../domain/evidence.ts';
import type { Manifest } from '../domain/manifest.ts';
import { type EvidenceLook, lookElsewhere } from './evidence-look.ts';
import { evidenceKindOf } from './evidence-types.ts';
import { mapBounded } from './map-bounded.ts';
import { contentsOf, layersOfReferrer, layersUnderTag, NOTHING, type PlaceContents } from './place-contents.ts';

/**
 * Reads manifests that are known to hold evidence by their digests, wherever no tag or list leads to them any more. What
 * the registry says it does not have goes to `onLost` and counts as nothing there.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
export async function readKnown(
  look: EvidenceLook,
  known: readonly KnownEvidence[],
): Promise<readonly PlaceContents[]> {
  return mapBounded(known, look.limits.concurrency, (item) => readOne(look, item));
}

async function readOne(look: EvidenceLook, item: KnownEvidence): Promise<PlaceContents> {
  const elsewhere = look.elsewhere?.find(({ name, isOwn }) => name === item.repository && isOwn !== true);
  // Policies no longer let evidence lie there.
  if (item.repository !== undefined && elsewhere === undefined) return NOTHING;
  const there = elsewhere === undefined ? look : lookElsewhere(look, elsewhere);
  const manifest = await look.attempt(() =>
    there.reader.readManifest(there.repository, { digest: item.manifest }, look.signal),
  );
  if (manifest === undefined) return NOTHING;
  if (manifest === null) {
    look.onLost?.(item);
    return NOTHING;
  }
  if (!look.budget.take(manifest.bytes.length)) return NOTHING;
  const contents = { candidates: layersOf(manifest, look), refused: [] };
  return item.repository === undefined ? contents : contentsOf(item.repository, contents);
}

function layersOf(manifest: Manifest, look: EvidenceLook) {
  if (manifest.subject !== undefined) return layersOfReferrer(manifest, look.digest, 'referrer');
  const isAttestation = manifest.layers.some(({ mediaType }) => evidenceKindOf(mediaType) === 'cosign-attestation');
  return layersUnderTag(manifest, isAttestation ? 'attestation-tag' : 'signature-tag');
}
