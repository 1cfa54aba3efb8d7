import type { Digest } from '../domain/digest.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Manifest } from '../domain/manifest.ts';
import { NOTATION_SIGNATURE } from '../domain/notation.ts';
import type { EvidenceLayer, ListedReferrer } from './candidate.ts';
import { MANIFEST_BYTES } from './evidence-limits.ts';
import type { EvidenceLook } from './evidence-look.ts';
import { layersOfReferrer } from './place-contents.ts';
import { orTooLarge } from './read-tagged.ts';
import { refuse } from './refuse.ts';

/** What a listed manifest holds; `refused` if it cannot be read. */
interface OpenedReferrer {
  readonly layers: readonly EvidenceLayer[];
  readonly refused: readonly Evidence[];
}

/**
 * Fetches a manifest that a list says refers to the image. If it is not there, whoever wrote the list is to blame, so
 * that is no fault.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
export async function openReferrer(look: EvidenceLook, candidate: ListedReferrer): Promise<OpenedReferrer> {
  const { place, repository, descriptor } = candidate;
  const { digest, size } = descriptor;
  const refused = (code: Parameters<typeof refuse>[1], why: string): OpenedReferrer => ({
    layers: [],
    refused: [refuse({ ...candidate, digest }, code, why)],
  });
  if (size > MANIFEST_BYTES) return refused('EVIDENCE_OVER_LIMIT', `its manifest takes ${size} bytes`);
  const manifest = await orTooLarge(look.reader.readManifest(look.repository, { digest }, look.signal));
  if (manifest === null) {
    look.onGap?.({ digest });
    return refused('EVIDENCE_ABSENT', `the registry does not have the manifest ${digest}, though its list names it`);
  }
  if (manifest === 'too-large') return refused('EVIDENCE_OVER_LIMIT', 'its manifest is larger than any may be');
  if (manifest.unreadable !== undefined) {
    const code = manifest.isOverLimit === true ? 'EVIDENCE_OVER_LIMIT' : 'EVIDENCE_MALFORMED';
    return refused(code, `its manifest cannot be read: ${manifest.unreadable}`);
  }
  const layers = layersOfReferrer(manifest, look.digest, place);
  if (layers.length === 0 && isNotation(manifest, look.digest)) return { layers, refused: [notation(candidate)] };
  return {
    refused: [],
    layers: layers.map((layer) => ({ ...layer, ...(repository !== undefined && { repository }) })),
  };
}

/** By what the manifest says itself: its config has the type where clients know no artifact types. */
function isNotation({ artifactType, config, subject }: Manifest, image: Digest): boolean {
  return subject?.digest === image && [artifactType, config?.mediaType].includes(NOTATION_SIGNATURE);
}

// It is reported because somebody who signed with notation would look for it; only notation can read what it holds.
function notation(candidate: ListedReferrer): Evidence {
  const announced = { kind: 'artifact', artifactType: NOTATION_SIGNATURE } as const;
  const refused = { ...candidate, digest: candidate.descriptor.digest, announced };
  return refuse(refused, 'EVIDENCE_UNSUPPORTED', 'it is a signature of Notation, and those are not checked here');
}
