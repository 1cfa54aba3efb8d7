import type { Digest } from '../domain/digest.ts';
import type { HiddenEvidence } from '../domain/evidence.ts';
import { FaultError } from '../kit/errors.ts';
import type { EvidenceLayer } from './candidate.ts';
import { type EvidenceLook, type EvidenceRequest, lookElsewhere, startLook } from './evidence-look.ts';
import { cosignTag } from './evidence-tags.ts';
import { layersUnderTag } from './place-contents.ts';
import { listReferrers } from './read-referrers.ts';
import { readTagged } from './read-tagged.ts';

type TagPlace = 'signature-tag' | 'attestation-tag';

/**
 * Looks whether the places in which evidence belongs still lead to it: a tag or a list may have been overwritten or
 * emptied. A place that does not answer, or not completely, says nothing: then the result is `undefined`, unless another
 * place says enough.
 */
export async function findHidden(
  request: EvidenceRequest,
  evidence: readonly EvidenceLayer[],
): Promise<readonly HiddenEvidence[] | undefined> {
  const look = startLook(request);
  const answers: (HiddenEvidence | null | undefined)[] = [];
  for (const [name, inside] of Map.groupBy(evidence, ({ repository }) => repository)) {
    const there = name === undefined ? look : lookInto(look, name);
    if (there === undefined) continue;
    for (const [place, layers] of Map.groupBy(inside, placeOf)) {
      const check = place === 'list' ? checkList(there, layers) : checkTags(there, place, layers);
      answers.push(await orUnknown(check));
    }
  }
  const hidden = answers.filter((answer) => answer !== null && answer !== undefined);
  return hidden.length === 0 && answers.includes(undefined) ? undefined : hidden;
}

function placeOf({ place }: EvidenceLayer): TagPlace | 'list' {
  return place === 'signature-tag' || place === 'attestation-tag' ? place : 'list';
}

function lookInto(look: EvidenceLook, name: string): EvidenceLook | undefined {
  const elsewhere = look.elsewhere?.find((repository) => repository.name === name && repository.isOwn !== true);
  return elsewhere && lookElsewhere(look, elsewhere);
}

async function orUnknown<T>(check: Promise<T>): Promise<T | undefined> {
  try {
    return await check;
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

/** `null`: the place leads to all of it. `undefined`: that could not be found out. */
async function checkList(
  look: EvidenceLook,
  layers: readonly EvidenceLayer[],
): Promise<HiddenEvidence | null | undefined> {
  const { descriptors, cutShort, under } = await listReferrers(look);
  const listed = new Set(descriptors.map(({ digest }) => digest));
  if (layers.every(({ manifest }) => listed.has(manifest))) return null;
  return cutShort === undefined ? describe(look, under) : undefined;
}

/** The tags it may lie under, with each prefix that policies name: one of them is enough. */
async function checkTags(
  look: EvidenceLook,
  place: TagPlace,
  layers: readonly EvidenceLayer[],
): Promise<HiddenEvidence | null | undefined> {
  const named = cosignTag(look.digest, place === 'signature-tag' ? 'sig' : 'att');
  if (named === undefined) return null;
  const led = new Set<string>();
  let first: { readonly tag: string; readonly now: Digest | null } | undefined;
  for (const prefix of prefixesOf(look)) {
    const tag = `${prefix}${named}`;
    const tagged = await readTagged(look, tag);
    if (tagged !== null && 'cutShort' in tagged) return undefined;
    first ??= { tag, now: tagged?.digest ?? null };
    for (const layer of tagged === null ? [] : layersUnderTag(tagged, place)) led.add(identityOf(layer));
  }
  return layers.every((layer) => led.has(identityOf(layer))) ? null : describe(look, first);
}

function prefixesOf({ elsewhere = [], elsewhereName }: EvidenceLook): readonly string[] {
  const there = elsewhere.find(({ name, isOwn }) =>
    elsewhereName === undefined ? isOwn === true : name === elsewhereName,
  );
  return elsewhereName === undefined ? ['', ...(there?.tagPrefixes ?? [])] : (there?.tagPrefixes ?? ['']);
}

// Signatures of several people over one payload share the blob; only their annotations differ.
function identityOf({ digest, annotations }: Pick<EvidenceLayer, 'digest' | 'annotations'>): string {
  return JSON.stringify([digest, Object.entries(annotations).sort()]);
}

function describe(look: EvidenceLook, under: Pick<HiddenEvidence, 'tag' | 'now'> | undefined): HiddenEvidence {
  const { digest, elsewhereName } = look;
  return { about: digest, ...under, ...(elsewhereName !== undefined && { repository: elsewhereName }) };
}
