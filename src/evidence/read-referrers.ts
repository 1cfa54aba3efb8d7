import type { Digest } from '../domain/digest.ts';
import type { Descriptor } from '../domain/manifest.ts';
import { FaultError } from '../kit/errors.ts';
import { announcedByReferrer } from './announcement.ts';
import type { EvidenceLook } from './evidence-look.ts';
import { fallbackTag } from './evidence-tags.ts';
import type { ListedReferrer } from './lead.ts';
import { NOTHING, type PlaceContents } from './place-contents.ts';
import { readTagged } from './read-tagged.ts';

/** A whole list of referrers. */
interface Listing {
  readonly place: ListedReferrer['place'];
  readonly descriptors: readonly Descriptor[];
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
  const { place, descriptors, cutShort } = listing;
  const once = new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor]));
  const leads = [...once.values()].map((descriptor): ListedReferrer => {
    const announced = announcedByReferrer(descriptor);
    return { kind: 'manifest', place, descriptor, ...(announced && { announced }) };
  });
  return { leads, refused: [], ...(cutShort !== undefined && { cutShort }) };
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
  // It is no evidence itself, and hides what is: like any list that did not come whole, it says nothing.
  if (index.unreadable !== undefined) throw brokenList(index.unreadable);
  return { place: 'fallback-tag', descriptors: index.manifests, under: { tag, now: index.digest } };
}

function brokenList(why: string): FaultError {
  return new FaultError('REGISTRY_RESPONSE_INVALID', `the list of what refers to the image cannot be read: ${why}`, {
    retryable: true,
    hint: 'Write the index under the fallback tag again, or remove the tag.',
  });
}
