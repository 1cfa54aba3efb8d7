import type { Digest } from '../domain/digest.ts';
import type { Evidence } from '../domain/evidence.ts';
import { type Candidate, describeAnnounced, type EvidenceLayer, type ListedReferrer } from './candidate.ts';
import { type CandidateQueue, type CandidateRank, createCandidateQueue } from './candidate-queue.ts';
import { type EvidenceLook, lookElsewhere } from './evidence-look.ts';
import { mapBounded } from './map-bounded.ts';
import { openReferrer } from './open-referrer.ts';
import type { PlaceContents } from './place-contents.ts';
import { readBlob, readWhole } from './read-blob.ts';
import { refuse } from './refuse.ts';

/** Reads what may be evidence, a few at a time. */
export interface CandidateReader extends Pick<CandidateQueue, 'left'> {
  /** Takes in what a place holds; candidates for which no bytes were left get another chance. */
  add(contents: PlaceContents): void;
  /** Reads the next candidates of a rank. */
  read(rank: CandidateRank, count: number): Promise<void>;
  /** What was fetched so far, and what could not be read. */
  found(): readonly Evidence[];
  /** Candidates for which no bytes were left. */
  denied(): readonly Candidate[];
  /** Names the kinds nobody asks for of which some were not read, so that the record tells; false if all were. */
  noteUnread(): boolean;
  /** How many candidates were read. */
  readSoFar(): number;
}

/** Whoever may push can announce thousands. */
const MAX_KINDS = 10;

function kindOf({ announced }: Candidate): string {
  return describeAnnounced(announced);
}

/** They only explain why an image fails, so a few of them are enough. */
const MAX_REFUSED = 50;

export function createCandidateReader(look: EvidenceLook): CandidateReader {
  const { budget, limits } = look;
  const queue = createCandidateQueue(look.isAskedFor);
  const blobs = new Map<Digest, Uint8Array | 'too-large'>();
  // One repository may have what another has not.
  const absent = new Set<string>();
  const items: Evidence[] = [];
  const refused: Evidence[] = [];
  const denied: Candidate[] = [];
  const isNew = createFilter();
  let readSoFar = 0;

  async function open(candidate: Candidate): Promise<readonly EvidenceLayer[]> {
    const layers = candidate.kind === 'manifest' ? await openManifest(candidate) : [candidate];
    for (const layer of layers.filter(isOverLimit)) {
      refused.push(refuse(layer, 'EVIDENCE_OVER_LIMIT', `it takes ${layer.size} bytes, more than ${limits.itemBytes}`));
    }
    return layers.filter((layer) => !isOverLimit(layer));
  }
  function isOverLimit({ size }: EvidenceLayer): boolean {
    return size > limits.itemBytes;
  }
  async function openManifest(candidate: ListedReferrer): Promise<readonly EvidenceLayer[]> {
    if (!budget.take(candidate.descriptor.size)) {
      denied.push(candidate);
      return [];
    }
    const opened = await look.attempt(() => openReferrer(lookAt(look, candidate), candidate));
    refused.push(...(opened?.refused ?? []));
    return opened?.layers ?? [];
  }
  function noteAbsent(layer: EvidenceLayer): void {
    if (absent.has(spotOf(layer))) return;
    absent.add(spotOf(layer));
    look.onGap?.({ digest: layer.digest, layer });
    const why = `the registry does not have ${layer.digest}, though the manifest ${layer.manifest} names it`;
    refused.push(refuse(layer, 'EVIDENCE_ABSENT', why));
  }
  async function readAll(layers: readonly EvidenceLayer[]): Promise<void> {
    const wanted = new Map<string, EvidenceLayer>();
    for (const layer of layers) {
      // A layer that is listed several times counts with the largest size that any manifest gives it.
      const known = wanted.get(spotOf(layer));
      const isOpen = !blobs.has(layer.digest) && !absent.has(spotOf(layer));
      if (isOpen && (known?.size ?? -1) < layer.size) wanted.set(spotOf(layer), layer);
    }
    const take = async (layer: EvidenceLayer, read: typeof readBlob): Promise<void> => {
      const blob = await look.attempt(() => read(lookAt(look, layer), layer));
      if (blob === null) noteAbsent(layer);
      else if (blob === 'over-budget') {
        denied.push(layer);
        blobs.delete(layer.digest);
      } else if (blob !== undefined && typeof blobs.get(layer.digest) !== 'object') blobs.set(layer.digest, blob);
    };
    const each = [...wanted.values()];
    await look.hold(each.reduce((sum, { size }) => sum + size, 0));
    await mapBounded(each, limits.concurrency, (layer) => take(layer, readBlob));
    const larger = each.filter(({ digest }) => blobs.get(digest) === 'too-large');
    if (larger.length > 0) await look.hold(limits.itemBytes);
    await mapBounded(larger, 1, (layer) => take(layer, readWhole));
    for (const layer of layers) {
      const blob = blobs.get(layer.digest);
      if (blob === undefined || !isNew(layer)) continue;
      look.onFetched?.(layer);
      if (blob !== 'too-large') items.push(itemOf(layer, blob));
      else refused.push(refuse(layer, 'EVIDENCE_OVER_LIMIT', 'it is larger than its manifest says'));
    }
  }

  return {
    left: queue.left,
    denied: () => denied,
    readSoFar: () => readSoFar,
    found: () => [...items, ...refused.slice(0, MAX_REFUSED)],
    noteUnread() {
      const isOther = ({ announced }: Candidate): boolean => announced !== undefined && !look.isAskedFor(announced);
      const unread = [...queue.left('other-large'), ...denied].filter(isOther);
      for (const [kind, candidates] of [...Map.groupBy(unread, kindOf)].slice(0, MAX_KINDS)) {
        const [first] = candidates;
        const digest = first?.kind === 'manifest' ? first.descriptor.digest : first?.digest;
        if (first === undefined || digest === undefined) continue;
        const why = `of ${kind} on this image, ${candidates.length} were not read`;
        refused.unshift(refuse({ ...first, digest }, 'EVIDENCE_OVER_LIMIT', why));
      }
      return unread.length > 0;
    },
    add(contents) {
      refused.push(...contents.refused);
      queue.add([...denied.splice(0), ...contents.candidates]);
    },
    async read(rank, count) {
      const taken = queue.take(rank, count);
      readSoFar += taken.length;
      const opened = await mapBounded(taken, limits.concurrency, open);
      // A manifest may hold other layers than its list announces, and many; one that was announced is read now, the
      // others wait for their turn.
      const now = opened.map((layers) => layers.find((layer) => queue.isDue(layer, rank)));
      queue.add(opened.flatMap((layers, at) => layers.filter((layer) => layer !== now[at])));
      await readAll(now.filter((layer) => layer !== undefined));
    },
  };
}

function spotOf({ repository = '', digest }: EvidenceLayer): string {
  return `${repository} ${digest}`;
}

/** The look in the repository in which this lies. */
function lookAt(look: EvidenceLook, { repository }: Candidate): EvidenceLook {
  const there = look.elsewhere?.find(({ name }) => name === repository);
  return there === undefined ? look : lookElsewhere(look, there);
}

/**
 * Tells whether a layer was not there before: bundles by their bytes, what cosign keeps besides by its annotations, for
 * signatures of several people over one payload share the blob. A policy counts what lies where it looks, so the same
 * in two other repositories is kept for each.
 */
function createFilter(): (layer: EvidenceLayer) => boolean {
  const seen = new Set<string>();
  return ({ kind, digest, annotations, repository = '' }) => {
    const identity = kind === 'bundle' ? digest : JSON.stringify([kind, digest, annotations]);
    const known = seen.has(` ${identity}`) || seen.has(`${repository} ${identity}`);
    seen.add(`${repository} ${identity}`);
    return !known;
  };
}

function itemOf(layer: EvidenceLayer, bytes: Uint8Array): Evidence {
  const { kind, digest, place, repository, annotations, announced } = layer;
  const ref = { digest, place, ...(repository !== undefined && { repository }), ...(announced && { announced }) };
  return kind === 'bundle' ? { ...ref, kind, bytes } : { ...ref, kind, bytes, annotations };
}
