import type { EvidenceLook } from './evidence-look.ts';
import { cosignTag } from './evidence-tags.ts';
import { layersUnderTag, NOTHING, type PlaceContents } from './place-contents.ts';

/**
 * Reads the image cosign keeps beside another under `sha256-<hex>.sig` or `.att`. No such tag: nothing there.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
export async function readTagPlace(
  look: EvidenceLook,
  place: 'signature-tag' | 'attestation-tag',
): Promise<PlaceContents> {
  const tag = cosignTag(look.digest, place === 'signature-tag' ? 'sig' : 'att');
  if (tag === undefined) return NOTHING;
  const manifest = await look.attempt(() => look.reader.readManifest(look.repository, { tag }, look.signal));
  if (!manifest) return NOTHING;
  if (manifest.unreadable !== undefined) {
    const why = `its manifest is broken: ${manifest.unreadable}`;
    const { digest } = manifest;
    return { layers: [], refused: [{ kind: 'refused', digest, place, code: 'EVIDENCE_MALFORMED', why }] };
  }
  if (!look.budget.take(manifest.bytes.length)) {
    return { ...NOTHING, cutShort: `the evidence takes more than ${look.limits.totalBytes} bytes` };
  }
  return { layers: layersUnderTag(manifest, place), refused: [] };
}
