import { formatImageReference } from '../../domain/image-reference.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { createEvidenceHabits } from '../../evidence/evidence-habits.ts';
import { createHeavyGate } from '../../evidence/heavy-gate.ts';
import { eachBounded } from '../../kit/each-bounded.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { judgeImage } from '../../pipeline/judge/judge-image.ts';
import { matchPolicies } from '../../policy/judge/match-policies.ts';
import type { EvidenceJudge } from '../../ports/evidence-judge.ts';
import { type FoundImage, findImages } from './find-images.ts';
import { type FoundRepository, findRepositories } from './find-repositories.ts';
import type { ScannedImage } from './scan-outcome.ts';
import type { ScanPlace } from './scan-places.ts';
import type { ScanProgress } from './scan-progress.ts';

/** What images are judged with. */
export interface ScanMeans {
  readonly policies: PolicySet;
  readonly judge: EvidenceJudge;
  readonly evidenceBytes?: number;
  /** When it fires, the scan ends with what is known. */
  readonly signal: AbortSignal;
}

/**
 * How many repositories are scanned at a time, and images of each: so many that only the registry's own limit slows a
 * scan down.
 */
const REPOSITORIES = 4;
const IMAGES = 4;
/** Images that are under way at a time, at most. */
export const IMAGES_AT_ONCE = REPOSITORIES * IMAGES;

/** Looks at every image of these places and judges it, without a side effect; what is known already is not judged anew. */
export async function scanImages(
  places: readonly ScanPlace[],
  means: ScanMeans,
  progress: ScanProgress,
): Promise<void> {
  const { signal, policies } = means;
  const habits = createEvidenceHabits();
  const heavyLooks = createHeavyGate();
  const onUntold: Parameters<typeof findImages>[1] = (where, { code, message }) =>
    progress.notTold({ where, code, reason: message });

  await eachBounded(findRepositories(places, onUntold, signal), REPOSITORIES, async (found) => {
    if (signal.aborted || progress.isDone(nameOf(found))) return;
    try {
      const images = await findImages(found, onUntold, signal);
      progress.found(images.length);
      if (!isCovered(found)) return void progress.notCovered(images.length);
      await eachBounded(images, IMAGES, (image) => scanImage(found, image));
      // One image of a repository says nothing about the others.
      if (!signal.aborted && found.image === undefined) progress.done(nameOf(found));
    } catch (fault) {
      if (!(fault instanceof FaultError) && !(fault instanceof InvalidInputError)) throw fault;
      if (!signal.aborted) onUntold(nameOf(found), fault);
    }
  });

  /** With `noMatch: alert`, nobody knows what an image that no policy names must prove. */
  function isCovered(found: FoundRepository): boolean {
    return policies.noMatch !== 'alert' || matchPolicies(policies, nameOf(found)).length > 0;
  }

  async function scanImage({ place, repository }: FoundRepository, { digest, tags }: FoundImage): Promise<void> {
    const { own: registry, readerFor } = place.registries;
    const image = formatImageReference({ host: registry.host, repository, digest });
    if (signal.aborted || progress.knows(image, tags)) return;
    const [tag] = tags;
    const judgement = await judgeImage({
      registry,
      readerFor,
      repository,
      digest,
      ...(tag !== undefined && { tag }),
      policies,
      judge: means.judge,
      clock: () => new Date(),
      habits,
      heavyLooks,
      ...(means.evidenceBytes !== undefined && { evidenceBytes: means.evidenceBytes }),
      signal,
    });
    if (judgement.kind === 'judged') {
      const { outcome, code, reason } = judgement.verdict;
      // The scan was interrupted, which does not mean that the image could not be judged.
      if (signal.aborted && outcome !== 'pass') return;
      progress.judged({ image, digest, tags, outcome, code, reason } satisfies ScannedImage);
    } else if (judgement.kind === 'gone') {
      progress.notTold(
        { where: image, code: 'REFERENCE_INVALID', reason: 'The registry names it and does not hold it.' },
        'image',
      );
    } else {
      progress.notImage();
    }
  }
}

function nameOf({ place, repository }: FoundRepository): string {
  return `${place.registries.own.host}/${repository}`;
}
