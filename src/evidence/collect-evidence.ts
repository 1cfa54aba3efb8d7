import type { Digest } from '../domain/digest.ts';
import type { EvidenceSet, KnownEvidence } from '../domain/evidence.ts';
import { FaultError } from '../kit/errors.ts';
import { type EvidenceLook, type EvidenceRequest, startLook } from './evidence-look.ts';
import { createPursuit, type Pursuit } from './follow-leads.ts';
import { describeAnnounced, type Lead } from './lead.ts';
import type { LeadRank } from './lead-queue.ts';
import { contentsOf, NOTHING, type PlaceContents } from './place-contents.ts';
import { planStages, type Spot } from './plan-stages.ts';
import { readKnown } from './read-known.ts';
import { readReferrers } from './read-referrers.ts';
import { readTagPlace } from './read-tag-place.ts';

/** So many leads are followed in each place before the next is looked into: the newest and the oldest of each kind. */
const FIRST_LEADS = 16;
/** And so many at a time afterwards. Judging the evidence that they lead to takes up to a second. */
const MORE_LEADS = 48;
/** A registry that gives fewer than so many pieces in the time there is for all is slow, and nobody is to blame. */
const SLOW_LEADS = 200;

/**
 * Fetches what in the registry might prove something about a digest: bundles among the referrers (by API or fallback
 * tag), cosign's signatures and attestations under their tags; in the image's own repository, then in the others that
 * were named. First a little of every place, then the rest, and last what says that it is something nobody asks for.
 * Which bytes prove what is decided elsewhere: nothing is believed here.
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
  const pursuit = createPursuit({
    ...look,
    onFetched: (layer) => {
      read.add(layer.manifest);
      look.onFetched?.(layer);
    },
  });
  let cutShort: string | undefined;
  const found = (): EvidenceSet => ({
    subject: look.digest,
    items: pursuit.found(),
    ...(cutShort !== undefined && { cutShort }),
  });
  const isEnough = async (): Promise<boolean> => (await look.isEnough?.(found())) === true;
  /** Follows the leads up to a rank until there are none, what was found is enough, or the time is over. */
  async function followAll(rank: LeadRank, end: number): Promise<boolean> {
    while (pursuit.left(rank).length > 0 && look.now() < end) {
      await pursuit.follow(rank, MORE_LEADS);
      if (await isEnough()) return true;
    }
    return false;
  }

  /** Follows what is known by its digest. What was once enough may be no longer: half is kept for what lies there now. */
  async function followKnown(known: readonly KnownEvidence[]): Promise<boolean> {
    if (known.length === 0) return false;
    look.budget.holdBack(Math.floor(look.limits.totalBytes / 2));
    const contents = await readKnown(look, known);
    for (const each of contents) pursuit.add(each);
    const isEnoughNow = await followAll('asked-large', look.now() + look.limits.askedMs);
    look.budget.holdBack(0);
    return isEnoughNow;
  }

  const { known = [] } = look;
  if (await followKnown(known.filter(({ counted }) => counted))) return found();
  const askedEnd = look.now() + look.limits.askedMs;
  for (const { spots, heldBack } of planStages(look)) {
    look.budget.holdBack(heldBack);
    for (const contents of await Promise.all(spots.map(readSpot))) {
      pursuit.add(contents);
      cutShort ??= contents.cutShort;
    }
    await pursuit.follow('asked', FIRST_LEADS);
    if (await isEnough()) return found();
  }
  pursuit.add(NOTHING);
  if (await followAll('asked-large', askedEnd)) return found();
  const excess = describeExcess(look, pursuit);
  if (excess !== undefined) {
    cutShort ??= excess;
    if (await isEnough()) return found();
  }
  const otherEnd = look.now() + look.limits.otherMs;
  if (await followAll('other-large', otherEnd)) return found();
  if (pursuit.noteUnread() && (await isEnough())) return found();
  if (await followKnown(known.filter(({ counted, manifest }) => !counted && !read.has(manifest)))) return found();
  const [fault] = look.faults;
  if (fault !== undefined) throw fault;
  return found();
}

async function readSpot({ look, place }: Spot): Promise<PlaceContents> {
  const contents = await (place === 'referrers' ? readReferrers(look) : readTagPlace(look, place));
  return look.elsewhereName === undefined ? contents : contentsOf(look.elsewhereName, contents);
}

/**
 * What there is too much of, in words; `undefined` if all was read that is asked for or does not say what it is.
 * @throws {FaultError} `REGISTRY_TIMEOUT` where time ran out over little.
 */
function describeExcess({ limits, isAskedFor, digest }: EvidenceLook, pursuit: Pursuit): string | undefined {
  const denied = pursuit.denied().filter(({ announced }) => announced === undefined || isAskedFor(announced));
  if (denied.length > 0) return `there are more than ${limits.totalBytes} bytes of ${describeMost(denied)}`;
  const left = pursuit.left('asked-large');
  if (left.length === 0) return undefined;
  const seconds = limits.askedMs / 1_000;
  if (pursuit.followed() < SLOW_LEADS) {
    const message = `reading the evidence of ${digest} took more than ${seconds} s`;
    throw new FaultError('REGISTRY_TIMEOUT', message, { retryable: true });
  }
  return `there are ${left.length} more pieces than can be read within ${seconds} s, most of them ${describeMost(left)}`;
}

function describeMost(leads: readonly Lead[]): string {
  const kinds = Map.groupBy(leads, ({ announced }) => describeAnnounced(announced));
  const [most] = [...kinds].sort(([, a], [, b]) => b.length - a.length);
  return most?.[0] ?? 'evidence';
}
