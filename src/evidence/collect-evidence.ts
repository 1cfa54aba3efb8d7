import type { Digest } from '../domain/digest.ts';
import type { Evidence, EvidenceSet } from '../domain/evidence.ts';
import { type EvidenceLook, type EvidenceRequest, type LookPlace, startLook } from './evidence-look.ts';
import { type FetchedBlob, fetchBlob } from './fetch-blob.ts';
import { mapBounded } from './map-bounded.ts';
import type { EvidenceLayer, PlaceContents } from './place-contents.ts';
import { type FetchPlan, planFetches } from './plan-fetches.ts';
import { readReferrers } from './read-referrers.ts';
import { readTagPlace } from './read-tag-place.ts';

const PLACES: readonly LookPlace[] = ['referrers', 'signature-tag', 'attestation-tag'];

/**
 * Fetches everything in the registry that might prove something about a digest: bundles among the referrers (by API
 * or fallback tag), cosign's signatures and attestations under their tags. Three round trips, within the limits.
 * Which bytes prove what is decided elsewhere: nothing is believed here.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: some place did not answer, so nothing can be said of it.
 */
export async function collectEvidence(request: EvidenceRequest): Promise<EvidenceSet> {
  const look = startLook(request);
  const blobs = new Map<Digest, FetchedBlob>();
  const places: PlaceContents[] = [];
  let found: EvidenceSet = { subject: look.digest, items: [] };
  const stages = stagesOf(look);
  for (const [at, stage] of stages.entries()) {
    // What is looked at first must not use up what the rest needs: anybody may fill it.
    look.budget.holdBack(at + 1 < stages.length ? look.limits.totalBytes / 4 : 0);
    places.push(...(await Promise.all(stage.map((place) => readPlace(look, place)))));
    found = await fetchPlanned(look, planFetches(places, look.limits), blobs);
    if ((await look.isEnough?.(found)) === true) return found;
  }
  const [fault] = look.faults;
  if (fault !== undefined) throw fault;
  return found;
}

/** All at once is quickest; where a first place may be enough, the others are asked only if it was not. */
function stagesOf({ isEnough, lookFirst = ['referrers'] }: EvidenceLook): readonly (readonly LookPlace[])[] {
  if (isEnough === undefined) return [PLACES];
  const stages = [
    PLACES.filter((place) => lookFirst.includes(place)),
    PLACES.filter((place) => !lookFirst.includes(place)),
  ];
  return stages.filter((stage) => stage.length > 0);
}

function readPlace(look: EvidenceLook, place: LookPlace): Promise<PlaceContents> {
  return place === 'referrers' ? readReferrers(look) : readTagPlace(look, place);
}

async function fetchPlanned(
  look: EvidenceLook,
  plan: FetchPlan,
  blobs: Map<Digest, FetchedBlob>,
): Promise<EvidenceSet> {
  const wanted = new Map(plan.layers.filter(({ digest }) => !blobs.has(digest)).map((layer) => [layer.digest, layer]));
  let cutShort = plan.cutShort;
  await mapBounded([...wanted.values()], look.limits.concurrency, async (layer) => {
    if (!look.budget.take(layer.size)) {
      cutShort ??= `the evidence takes more than ${look.limits.totalBytes} bytes`;
      return;
    }
    const blob = await look.attempt(() => fetchBlob(look, layer));
    if (blob !== undefined) blobs.set(layer.digest, blob);
  });
  const fetched = plan.layers.flatMap((layer) => itemOf(layer, blobs.get(layer.digest)));
  return { subject: look.digest, items: [...fetched, ...plan.refused], ...(cutShort !== undefined && { cutShort }) };
}

function itemOf(layer: EvidenceLayer, blob: FetchedBlob | undefined): readonly Evidence[] {
  if (blob === undefined) return [];
  const { kind, digest, place, annotations } = layer;
  if (blob === 'too-large') {
    const why = 'it is larger than its manifest says';
    return [{ kind: 'refused', digest, place, code: 'EVIDENCE_OVER_LIMIT', why }];
  }
  return kind === 'bundle'
    ? [{ kind, digest, place, bytes: blob }]
    : [{ kind, digest, place, bytes: blob, annotations }];
}
