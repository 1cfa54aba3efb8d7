import type { Digest } from '../domain/digest.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Descriptor } from '../domain/manifest.ts';
import { announcedByReferrer } from './announcement.ts';
import type { ListedReferrer } from './candidate.ts';
import type { EvidenceLook } from './evidence-look.ts';
import { fallbackTag } from './evidence-tags.ts';
import { NOTHING, type PlaceContents } from './place-contents.ts';
import { readTagged } from './read-tagged.ts';
import { refuse } from './refuse.ts';

/** A whole list of referrers. */
interface Listing {
  readonly place: ListedReferrer['place'];
  readonly descriptors: readonly Descriptor[];
  readonly refused?: readonly Evidence[];
  readonly cutShort?: string;
  /** The tag it lies under, where the registry does not keep it itself, and what that leads to. */
  readonly under?: { readonly tag: string; readonly now: Digest | null };
}

/**
 * Lists the manifests that name the image as their subject, by the referrers API, or by the fallback tag where the
 * registry has no such API; each once, and whatever type the list gives them: lists are written by clients.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
export async function readReferrers(look: EvidenceLook): Promise<PlaceContents> {
  const listing = await look.attempt(() => listReferrers(look));
  if (listing === undefined) return NOTHING;
  const { place, descriptors, refused = [], cutShort } = listing;
  const once = new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor]));
  const candidates = [...once.values()].map((descriptor): ListedReferrer => {
    const announced = announcedByReferrer(descriptor);
    return { kind: 'manifest', place, descriptor, ...(announced && { announced }) };
  });
  return { candidates, refused, ...(cutShort !== undefined && { cutShort }) };
}

/**
 * The list of what refers to the image, wherever it is kept.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
export async function listReferrers(look: EvidenceLook): Promise<Listing> {
  const answer = await look.reader.listReferrers(look.repository, look.digest, look.signal);
  if (answer.kind === 'listed') {
    const { descriptors, cutShort, fault } = answer;
    if (fault !== undefined) await look.attempt(() => Promise.reject(fault));
    return { place: 'referrer', descriptors, ...(cutShort !== undefined && { cutShort }) };
  }
  const tag = fallbackTag(look.digest);
  const index = await readTagged(look, tag);
  if (index === null) return { place: 'fallback-tag', descriptors: [], under: { tag, now: null } };
  if ('cutShort' in index) return { place: 'fallback-tag', descriptors: [], cutShort: index.cutShort };
  const under = { tag, now: index.digest };
  if (index.unreadable === undefined) return { place: 'fallback-tag', descriptors: index.manifests, under };
  // Such a list hides the referrers in it from all clients, and whoever may push can write it, so it is a gap.
  look.onGap?.({ digest: index.digest });
  const why = `the list of what refers to the image, under the tag ${tag}, is broken: ${index.unreadable}`;
  const broken = refuse({ digest: index.digest, place: 'fallback-tag' }, 'EVIDENCE_MALFORMED', why);
  return { place: 'fallback-tag', descriptors: [], refused: [broken], under };
}
