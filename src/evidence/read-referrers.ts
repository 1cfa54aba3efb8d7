import { FaultError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Descriptor, Manifest } from '../domain/manifest.ts';
import { announcedByReferrer } from './announcement.ts';
import { MANIFEST_BYTES } from './evidence-limits.ts';
import type { EvidenceLook } from './evidence-look.ts';
import { fallbackTag } from './evidence-tags.ts';
import { mapBounded } from './map-bounded.ts';
import { orderReferrers } from './order-referrers.ts';
import { type EvidenceLayer, layersOfReferrer, NOTHING, type PlaceContents } from './place-contents.ts';
import { orTooLarge, readTagged } from './read-tagged.ts';

interface Listing {
  readonly place: 'referrer' | 'fallback-tag';
  readonly descriptors: readonly Descriptor[];
  readonly cutShort?: string;
}

/**
 * Reads the manifests that name the image as their subject, by the referrers API, or by the fallback tag where the
 * registry has no such API. All are fetched, whatever type the list gives them: lists are written by clients.
 * @throws {FaultError} `REGISTRY_*`: could not tell, also when something listed is not there.
 */
export async function readReferrers(look: EvidenceLook): Promise<PlaceContents> {
  const listing = await look.attempt(() => list(look));
  if (listing === undefined) return NOTHING;
  const ordered = orderReferrers(listing.descriptors);
  const contents = await readCandidates(look, listing.place, ordered);
  const cutShort = contents.cutShort ?? listing.cutShort;
  return { ...contents, ...(cutShort !== undefined && { cutShort }) };
}

async function list(look: EvidenceLook): Promise<Listing> {
  const answer = await look.reader.listReferrers(look.repository, look.digest, look.signal);
  if (answer.kind === 'listed') {
    const { descriptors, cutShort } = answer;
    return { place: 'referrer', descriptors, ...(cutShort !== undefined && { cutShort }) };
  }
  const index = await readTagged(look, fallbackTag(look.digest));
  if (index === null) return { place: 'fallback-tag', descriptors: [] };
  if ('cutShort' in index) return { place: 'fallback-tag', descriptors: [], cutShort: index.cutShort };
  // It is no evidence itself, and hides what is: like any list that did not come whole, it says nothing.
  if (index.unreadable !== undefined) throw brokenList(index.unreadable);
  look.budget.take(index.bytes.length);
  return { place: 'fallback-tag', descriptors: index.manifests };
}

async function readCandidates(
  look: EvidenceLook,
  place: Listing['place'],
  ordered: readonly Descriptor[],
): Promise<PlaceContents> {
  const layers: (readonly EvidenceLayer[])[] = [];
  const refused: Evidence[] = [];
  let found = 0;
  const allowed = ordered.filter(() => look.referrers.take(1));
  let cutShort = explainExcess(ordered.length, allowed.length);
  await mapBounded([...allowed.entries()], look.limits.concurrency, async ([index, descriptor]) => {
    if (found >= look.limits.items) {
      cutShort ??= `the image has more than ${look.limits.items} pieces of evidence`;
      return;
    }
    if (descriptor.size > MANIFEST_BYTES) {
      refused.push(refusal(descriptor, place, 'EVIDENCE_OVER_LIMIT', `its manifest takes ${descriptor.size} bytes`));
      return;
    }
    if (!look.budget.take(descriptor.size)) {
      cutShort ??= `the evidence takes more than ${look.limits.totalBytes} bytes`;
      return;
    }
    const manifest = await look.attempt(() => readListed(look, descriptor));
    if (manifest === undefined) return;
    if (manifest === 'too-large') {
      refused.push(refusal(descriptor, place, 'EVIDENCE_OVER_LIMIT', 'its manifest is larger than any may be'));
      return;
    }
    if (manifest.unreadable !== undefined) {
      const code = manifest.isOverLimit === true ? 'EVIDENCE_OVER_LIMIT' : 'EVIDENCE_MALFORMED';
      refused.push(refusal(descriptor, place, code, `its manifest cannot be read: ${manifest.unreadable}`));
      return;
    }
    layers[index] = layersOfReferrer(manifest, look.digest, place);
    found += layers[index].length;
  });
  return { layers: layers.flat(), refused, ...(cutShort !== undefined && { cutShort }) };
}

function explainExcess(listed: number, allowed: number): string | undefined {
  return listed > allowed ? `${listed} artifacts refer to the image, more than ${allowed}` : undefined;
}

function brokenList(why: string): FaultError {
  return new FaultError('REGISTRY_RESPONSE_INVALID', `the list of what refers to the image cannot be read: ${why}`, {
    retryable: true,
    hint: 'Write the index under the fallback tag again, or remove the tag.',
  });
}

async function readListed(look: EvidenceLook, { digest }: Descriptor): Promise<Manifest | 'too-large'> {
  const manifest = await orTooLarge(look.reader.readManifest(look.repository, { digest }, look.signal));
  if (manifest !== null) return manifest;
  throw new FaultError('REGISTRY_RESPONSE_INVALID', `the registry lists the referrer ${digest}, but does not have it`, {
    retryable: true,
    hint: 'Push it again, or remove it from the list of referrers.',
  });
}

function refusal(
  descriptor: Descriptor,
  place: Listing['place'],
  code: 'EVIDENCE_OVER_LIMIT' | 'EVIDENCE_MALFORMED',
  why: string,
): Evidence {
  const announced = announcedByReferrer(descriptor);
  return { kind: 'refused', digest: descriptor.digest, place, code, why, ...(announced && { announced }) };
}
