import { createJudge } from '../../compose/create-judge.ts';
import { formatImageReference } from '../../domain/image-reference.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { createEvidenceHabits } from '../../evidence/evidence-habits.ts';
import { createHeavyGate } from '../../evidence/heavy-gate.ts';
import { judgeImage } from '../../pipeline/judge/judge-image.ts';
import { silentLogger } from '../silent-logger.ts';
import type { ChosenTrust } from '../verify/choose-trust.ts';
import type { FoundImage } from './find-images.ts';
import type { FoundRepository } from './find-repositories.ts';
import type { ScanPlace } from './scan-places.ts';
import type { ScanProgress } from './scan-progress.ts';
import { IMAGES_AT_ONCE, walkImages } from './walk-images.ts';

/** What images are judged with. */
export interface JudgingMeans {
  readonly policies: PolicySet;
  readonly isCovered: (name: string) => boolean;
  readonly trust: ChosenTrust;
  readonly evidenceBytes?: number;
  /** When it fires, the scan ends with what is known. */
  readonly signal: AbortSignal;
}

/**
 * Judges every image of these places in this process, without a side effect; what is known already is not judged anew.
 * In a whole registry some evidence may be hostile, so it is verified in threads, as the daemon does.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID`
 */
export async function judgeHere(
  places: readonly ScanPlace[],
  means: JudgingMeans,
  progress: ScanProgress,
): Promise<void> {
  const { policies, signal, evidenceBytes, isCovered } = means;
  const bound = evidenceBytes === undefined ? {} : { evidenceBytes };
  const judge = createJudge({
    concurrency: IMAGES_AT_ONCE,
    ...bound,
    trust: await means.trust.roots(),
    logger: silentLogger(),
    // A thread that was lost shows in the verdict of its image.
    metrics: { threadLost: () => undefined },
  });
  const shared = { policies, judge, habits: createEvidenceHabits(), heavyLooks: createHeavyGate(), ...bound, signal };

  async function visit({ place, repository }: FoundRepository, { digest, tags }: FoundImage): Promise<void> {
    const { own: registry, readerFor } = place.registries;
    const image = formatImageReference({ host: registry.host, repository, digest });
    if (progress.knows(image, tags)) return;
    const [tag] = tags;
    const target = {
      registry,
      readerFor,
      repository,
      digest,
      clock: () => new Date(),
      ...(tag !== undefined && { tag }),
    };
    const judgement = await judgeImage({ ...shared, ...target });
    if (judgement.kind === 'judged') {
      const { outcome, code, reason } = judgement.verdict;
      // Interrupted, not unable to tell.
      if (!signal.aborted || outcome === 'pass') progress.judged({ image, digest, tags, outcome, code, reason });
    } else if (judgement.kind === 'gone') {
      progress.gone(image);
    } else {
      progress.notImage();
    }
  }

  try {
    await walkImages(places, { progress, signal, isCovered, visit });
  } finally {
    await judge.stop();
  }
}
