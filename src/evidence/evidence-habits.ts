import { LRUCache } from 'lru-cache';
import type { EvidencePlace } from '../domain/evidence.ts';
import type { LookPlace } from './evidence-look.ts';

/**
 * Remembers where the evidence of a repository's images that passed lay: the next image is signed by the same
 * workflow, and looking there first saves the requests to the other places. Forgetting costs only those.
 */
export interface EvidenceHabits {
  /** Where to look first; `undefined` if nothing is known. */
  placesFor(image: string): readonly LookPlace[] | undefined;
  /** Takes the places of the evidence that made an image pass. `image` is `host/repository`. */
  learn(image: string, places: readonly EvidencePlace[]): void;
}

/** 10,000 names of 255 characters are 2.5 MB; the oldest makes room. */
const MAX_REMEMBERED = 10_000;

export function createEvidenceHabits(): EvidenceHabits {
  const known = new LRUCache<string, readonly LookPlace[]>({ max: MAX_REMEMBERED });
  return {
    placesFor: (image) => known.get(image),
    learn(image, places) {
      if (places.length === 0) return;
      known.set(image, [...new Set(places.map(toLookPlace))]);
    },
  };
}

function toLookPlace(place: EvidencePlace): LookPlace {
  return place === 'signature-tag' || place === 'attestation-tag' ? place : 'referrers';
}
