import type { Digest } from '../domain/digest.ts';
import type { Evidence, EvidenceSet } from '../domain/evidence.ts';
import { type EvidenceLook, type EvidenceRequest, lookElsewhere, startLook } from './evidence-look.ts';
import { type FetchedBlob, fetchBlob } from './fetch-blob.ts';
import { mapBounded } from './map-bounded.ts';
import { contentsOf, type EvidenceLayer, type PlaceContents } from './place-contents.ts';
import { type FetchPlan, largerOf, planFetches } from './plan-fetches.ts';
import { planStages, type Spot } from './plan-stages.ts';
import { readReferrers } from './read-referrers.ts';
import { readTagPlace } from './read-tag-place.ts';

/**
 * Fetches everything in the registry that might prove something about a digest: bundles among the referrers (by API
 * or fallback tag), cosign's signatures and attestations under their tags; in the image's own repository, then in the
 * others that were named. Three round trips each, within limits that count over all of them.
 * Which bytes prove what is decided elsewhere: nothing is believed here.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: some place did not answer, so nothing can be said of it.
 */
export async function collectEvidence(request: EvidenceRequest): Promise<EvidenceSet> {
  const look = startLook(request);
  const blobs = new Map<Digest, FetchedBlob>();
  const places: PlaceContents[] = [];
  let found: EvidenceSet = { subject: look.digest, items: [] };
  for (const { spots, heldBack } of planStages(look)) {
    look.budget.holdBack(heldBack.bytes);
    look.referrers.holdBack(heldBack.referrers);
    places.push(...(await Promise.all(spots.map(readSpot))));
    found = await fetchPlanned(look, planFetches(places, look.limits), blobs);
    if ((await look.isEnough?.(found)) === true) return found;
  }
  const [fault] = look.faults;
  if (fault !== undefined) throw fault;
  return found;
}

async function readSpot({ look, place }: Spot): Promise<PlaceContents> {
  const contents = await (place === 'referrers' ? readReferrers(look) : readTagPlace(look, place));
  return look.elsewhereName === undefined ? contents : contentsOf(look.elsewhereName, contents);
}

async function fetchPlanned(
  look: EvidenceLook,
  plan: FetchPlan,
  blobs: Map<Digest, FetchedBlob>,
): Promise<EvidenceSet> {
  const wanted = new Map<Digest, EvidenceLayer>();
  for (const layer of plan.layers) {
    if (!blobs.has(layer.digest)) wanted.set(layer.digest, largerOf(wanted.get(layer.digest), layer));
  }
  let cutShort = plan.cutShort;
  await mapBounded([...wanted.values()], look.limits.concurrency, async (layer) => {
    const blob = await look.attempt(() => fetchBlob(lookAt(look, layer), layer));
    if (blob === 'over-budget') cutShort ??= `the evidence takes more than ${look.limits.totalBytes} bytes`;
    else if (blob !== undefined) blobs.set(layer.digest, blob);
  });
  const fetched = plan.layers.flatMap((layer) => itemOf(layer, blobs.get(layer.digest)));
  return { subject: look.digest, items: [...fetched, ...plan.refused], ...(cutShort !== undefined && { cutShort }) };
}

/** The look in the repository that holds the layer. */
function lookAt(look: EvidenceLook, { repository }: EvidenceLayer): EvidenceLook {
  const there = look.elsewhere?.find(({ name }) => name === repository);
  return there === undefined ? look : lookElsewhere(look, there);
}

function itemOf(layer: EvidenceLayer, blob: FetchedBlob | undefined): readonly Evidence[] {
  if (blob === undefined) return [];
  const { kind, digest, place, repository, annotations, announced } = layer;
  const ref = { digest, place, ...(repository !== undefined && { repository }), ...(announced && { announced }) };
  if (blob === 'too-large') {
    return [{ ...ref, kind: 'refused', code: 'EVIDENCE_OVER_LIMIT', why: 'it is larger than its manifest says' }];
  }
  return kind === 'bundle' ? [{ ...ref, kind, bytes: blob }] : [{ ...ref, kind, bytes: blob, annotations }];
}
