import type { Digest } from '../domain/digest.ts';
import type { EvidenceSet, KnownEvidence } from '../domain/evidence.ts';
import { FaultError } from '../kit/errors.ts';
import { type Candidate, describeAnnounced } from './candidate.ts';
import type { CandidateRank } from './candidate-queue.ts';
import { type EvidenceLook, type EvidenceRequest, startLook } from './evidence-look.ts';
import { cosignTag } from './evidence-tags.ts';
import { contentsOf, layersUnderTag, NOTHING, type PlaceContents } from './place-contents.ts';
import { planStages, type Spot } from './plan-stages.ts';
import { type CandidateReader, createCandidateReader } from './read-candidates.ts';
import { readKnown } from './read-known.ts';
import { readReferrers } from './read-referrers.ts';
import { readTagged } from './read-tagged.ts';
import { refuse } from './refuse.ts';

/**
 * How many candidates are read in each place before the next place is looked into: the newest and the oldest of each
 * kind.
 */
const FIRST_CANDIDATES = 16;
/** How many candidates are read at a time after that. Judging the evidence in them takes up to a second. */
const MORE_CANDIDATES = 48;
/**
 * If a registry gives fewer pieces than this within the time for all of them, it is slow, and the image did not carry
 * too much.
 */
const SLOW_CANDIDATES = 200;

/**
 * Fetches what in the registry might prove something about a digest: bundles among the referrers (by API or fallback
 * tag), cosign's signatures and attestations under their tags; in the image's own repository, then in the others that
 * were named. It reads a little of every place first, then the rest, and last the evidence that says it is of a kind
 * that no policy asks for. Which bytes prove what is decided elsewhere: nothing is believed here.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`: some place did not answer, so nothing can be said of it.
 */
export async function collectEvidence(request: EvidenceRequest): Promise<EvidenceSet> {
  const look = startLook(request);
  try {
    return await collect(look);
  } finally {
    look.end();
  }
}

async function collect(look: EvidenceLook): Promise<EvidenceSet> {
  const read = new Set<Digest>();
  const candidates = createCandidateReader({
    ...look,
    onFetched: (layer) => {
      read.add(layer.manifest);
      look.onFetched?.(layer);
    },
  });
  let cutShort: string | undefined;
  const found = (): EvidenceSet => ({
    subject: look.digest,
    items: candidates.found(),
    ...(cutShort !== undefined && { cutShort }),
  });
  const isEnough = async (): Promise<boolean> => (await look.isEnough?.(found())) === true;
  /** Reads the candidates up to a rank until there are none, what was found is enough, or the time is over. */
  async function readAll(rank: CandidateRank, end: number): Promise<boolean> {
    while (candidates.left(rank).length > 0 && look.now() < end) {
      await candidates.read(rank, MORE_CANDIDATES);
      if (await isEnough()) return true;
    }
    return false;
  }

  /**
   * Reads known evidence by its digest. It may no longer be enough, so half of the budget is kept for what lies in the
   * places now.
   */
  async function tryKnown(known: readonly KnownEvidence[]): Promise<boolean> {
    if (known.length === 0) return false;
    look.budget.holdBack(Math.floor(look.limits.totalBytes / 2));
    const contents = await readKnown(look, known);
    for (const each of contents) candidates.add(each);
    const isEnoughNow = await readAll('asked-large', look.now() + look.limits.askedMs);
    look.budget.holdBack(0);
    return isEnoughNow;
  }

  const { known = [] } = look;
  if (await tryKnown(known.filter(({ counted }) => counted))) return found();
  const askedEnd = look.now() + look.limits.askedMs;
  for (const { spots, heldBack } of planStages(look)) {
    look.budget.holdBack(heldBack);
    for (const contents of await Promise.all(spots.map(readSpot))) {
      candidates.add(contents);
      cutShort ??= contents.cutShort;
    }
    await candidates.read('asked', FIRST_CANDIDATES);
    if (await isEnough()) return found();
  }
  candidates.add(NOTHING);
  if (await readAll('asked-large', askedEnd)) return found();
  const excess = describeExcess(look, candidates);
  if (excess !== undefined) {
    cutShort ??= excess;
    if (await isEnough()) return found();
  }
  const otherEnd = look.now() + look.limits.otherMs;
  if (await readAll('other-large', otherEnd)) return found();
  if (candidates.noteUnread() && (await isEnough())) return found();
  if (await tryKnown(known.filter(({ counted, manifest }) => !counted && !read.has(manifest)))) return found();
  const [fault] = look.faults;
  if (fault !== undefined) throw fault;
  return found();
}

async function readSpot({ look, place }: Spot): Promise<PlaceContents> {
  const contents = await (place === 'referrers' ? readReferrers(look) : readTagPlace(look, place));
  return look.elsewhereName === undefined ? contents : contentsOf(look.elsewhereName, contents);
}

/**
 * Describes what there is too much of; `undefined` if all evidence that may matter was read.
 * @throws {FaultError} `REGISTRY_TIMEOUT` where time ran out over little.
 */
function describeExcess({ limits, isAskedFor, digest }: EvidenceLook, candidates: CandidateReader): string | undefined {
  const denied = candidates.denied().filter(({ announced }) => announced === undefined || isAskedFor(announced));
  if (denied.length > 0) return `there are more than ${limits.totalBytes} bytes of ${describeMost(denied)}`;
  const left = candidates.left('asked-large');
  if (left.length === 0) return undefined;
  const seconds = limits.askedMs / 1_000;
  if (candidates.readSoFar() < SLOW_CANDIDATES) {
    const message = `reading the evidence of ${digest} took more than ${seconds} s`;
    throw new FaultError('REGISTRY_TIMEOUT', message, { retryable: true });
  }
  return `there are ${left.length} more pieces than can be read within ${seconds} s, most of them ${describeMost(left)}`;
}

function describeMost(candidates: readonly Candidate[]): string {
  const kinds = Map.groupBy(candidates, ({ announced }) => describeAnnounced(announced));
  const [most] = [...kinds].sort(([, a], [, b]) => b.length - a.length);
  return most?.[0] ?? 'evidence';
}

/**
 * Reads the image cosign keeps beside another under `sha256-<hex>.sig` or `.att`. No such tag: nothing there.
 * @throws {FaultError} `REGISTRY_*`: could not tell.
 */
async function readTagPlace(look: EvidenceLook, place: 'signature-tag' | 'attestation-tag'): Promise<PlaceContents> {
  const named = cosignTag(look.digest, place === 'signature-tag' ? 'sig' : 'att');
  if (named === undefined) return NOTHING;
  const tag = `${look.tagPrefix ?? ''}${named}`;
  const tagged = await look.attempt(() => readTagged(look, tag));
  if (!tagged) return NOTHING;
  if ('cutShort' in tagged) return { ...NOTHING, cutShort: tagged.cutShort };
  if (tagged.unreadable !== undefined) {
    const why = `its manifest is broken: ${tagged.unreadable}`;
    const { digest } = tagged;
    const announced = { kind: place === 'signature-tag' ? 'signature' : 'attestation' } as const;
    return { candidates: [], refused: [refuse({ digest, place, announced }, 'EVIDENCE_MALFORMED', why)] };
  }
  return { candidates: layersUnderTag(tagged, place), refused: [] };
}
