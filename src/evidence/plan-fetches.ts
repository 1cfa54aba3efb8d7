import type { Evidence } from '../domain/evidence.ts';
import type { EvidenceLimits } from './evidence-limits.ts';
import type { EvidenceLayer, PlaceContents } from './place-contents.ts';

/** What is to be fetched, in this order, and what is not. */
export interface FetchPlan {
  readonly layers: readonly EvidenceLayer[];
  readonly refused: readonly Evidence[];
  readonly cutShort?: string;
}

/**
 * Chooses which layers to fetch within the limits. The places take turns, so that a thousand bundles among the
 * referrers do not crowd out one signature under cosign's tag. Pure.
 */
export function planFetches(places: readonly PlaceContents[], limits: EvidenceLimits): FetchPlan {
  const all = eachOnce(takeTurns(places.map((place) => place.layers)), limits);
  const layers = all.slice(0, limits.items);
  const tooLarge = layers.filter((layer) => layer.size > limits.itemBytes);
  const cutShort =
    places.find((place) => place.cutShort !== undefined)?.cutShort ??
    (all.length > limits.items ? `the image has more than ${limits.items} pieces of evidence` : undefined);
  return {
    layers: layers.filter((layer) => layer.size <= limits.itemBytes),
    refused: [
      ...places.flatMap((place) => place.refused).slice(0, limits.items),
      ...tooLarge.map((layer) => overLimit(layer, limits)),
    ],
    ...(cutShort !== undefined && { cutShort }),
  };
}

function takeTurns<T>(groups: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, turn) => groups.flatMap((group) => group.slice(turn, turn + 1))).flat();
}

/**
 * A layer listed several times is one, of the largest size any manifest gives it. Listed as over the limit it is another:
 * whoever may push could otherwise put a lie about good evidence in its place.
 */
function eachOnce(layers: readonly EvidenceLayer[], { itemBytes }: EvidenceLimits): readonly EvidenceLayer[] {
  const kept = new Map<string, EvidenceLayer>();
  for (const layer of layers) {
    const identity = `${layer.size > itemBytes} ${identityOf(layer)}`;
    // A policy counts what lies where it looks: the same in two other repositories is kept for each.
    const place = kept.has(` ${identity}`) ? '' : (layer.repository ?? '');
    kept.set(`${place} ${identity}`, largerOf(kept.get(`${place} ${identity}`), layer));
  }
  return [...kept.values()];
}

/** The first of two, with the larger size. */
export function largerOf(first: EvidenceLayer | undefined, second: EvidenceLayer): EvidenceLayer {
  return first === undefined ? second : { ...first, size: Math.max(first.size, second.size) };
}

// Signatures of several people over one cosign payload share the blob and differ in the annotations.
function identityOf({ kind, digest, annotations }: EvidenceLayer): string {
  return kind === 'bundle' ? `${kind} ${digest}` : JSON.stringify([kind, digest, annotations]);
}

function overLimit(
  { digest, place, repository, size, announced }: EvidenceLayer,
  { itemBytes }: EvidenceLimits,
): Evidence {
  return {
    kind: 'refused',
    digest,
    place,
    ...(repository !== undefined && { repository }),
    ...(announced && { announced }),
    code: 'EVIDENCE_OVER_LIMIT',
    why: `it takes ${size} bytes, more than ${itemBytes}`,
  };
}
