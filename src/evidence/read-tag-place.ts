import type { EvidenceLook } from './evidence-look.ts';
import { cosignTag } from './evidence-tags.ts';
import { layersUnderTag, NOTHING, type PlaceContents } from './place-contents.ts';
import { readTagged } from './read-tagged.ts';
import { refuse } from './refuse.ts';

/**
 * Reads the image cosign keeps beside another under `sha256-<hex>.sig` or `.att`. No such tag: nothing there.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
export async function readTagPlace(
  look: EvidenceLook,
  place: 'signature-tag' | 'attestation-tag',
): Promise<PlaceContents> {
  const named = cosignTag(look.digest, place === 'signature-tag' ? 'sig' : 'att');
  if (named === undefined) return NOTHING;
  const tag = `${look.tagPrefix ?? ''}${named}`;
  const tagged = await look.attempt(() => readTagged(look, tag));
  if (!tagged) return NOTHING;
  if ('cutShort' in tagged) return { ...NOTHING, cutShort: tagged.cutShort };
  if (tagged.unreadable !== undefined) {
    const why = `its manifest is broken: ${tagged.unreadable}`;
    const { digest } = tagged;
    const announced = { kind: place === 'signature-tag' ? 'signature' : 'attestation' } as const;
    return { candidates: [], refused: [refuse({ digest, place, announced }, 'EVIDENCE_MALFORMED', why)] };
  }
  return { candidates: layersUnderTag(tagged, place), refused: [] };
}
