import type { Digest } from '../../domain/digest.ts';
import type { KnownEvidence, LearntEvidence } from '../../domain/evidence.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { EvidenceRequest } from '../../evidence/evidence-look.ts';
import type { EvidenceLayer } from '../../evidence/lead.ts';
import type { JudgementTarget } from './judge-image.ts';

/** What one look starts from and what is learnt of it: which manifests hold the evidence that counts. */
export interface Learning {
  /** What the look is asked with. */
  readonly request: Pick<EvidenceRequest, 'known' | 'onLost' | 'onFetched'>;
  /** Tells what was learnt, if it is news, once the verdict is there. */
  tell(verdict: Verdict): void;
}

/** Prepares a look at the evidence about a digest: reads what is known of it. @throws {FaultError} `DATABASE_UNAVAILABLE` */
export async function startLearning(
  { knownOf, onLearnt }: Pick<JudgementTarget, 'knownOf' | 'onLearnt'>,
  digest: Digest,
): Promise<Learning> {
  const known = (await knownOf?.(digest)) ?? [];
  const counted = known.filter((item) => item.counted);
  const fetched: EvidenceLayer[] = [];
  const lost: KnownEvidence[] = [];
  return {
    request: {
      known,
      onLost: (item) => {
        if (item.counted) lost.push(item);
      },
      onFetched: (layer) => fetched.push(layer),
    },
    tell(verdict) {
      const proof = verdict.outcome === 'pass' ? proofOf(verdict, fetched) : [];
      const isNews = proof.length > 0 && !(counted.length === proof.length && counted.every(isIn(proof)));
      if (isNews || lost.length > 0) onLearnt?.({ digest, proof, lost } satisfies LearntEvidence);
    },
  };
}

function proofOf({ requirements }: Verdict, fetched: readonly EvidenceLayer[]): readonly KnownEvidence[] {
  const counted = requirements.flatMap(({ evidence }) => evidence.filter((tried) => tried.counted));
  const holds = ({ digest, repository }: EvidenceLayer): boolean =>
    counted.some(({ evidence }) => evidence.digest === digest && evidence.repository === repository);
  const held = fetched.filter(holds).map(({ manifest, repository }): KnownEvidence => {
    return { manifest, ...(repository !== undefined && { repository }), counted: true };
  });
  return [...new Map(held.map((item) => [`${item.repository} ${item.manifest}`, item])).values()];
}

function isIn(list: readonly KnownEvidence[]) {
  return ({ manifest, repository }: KnownEvidence): boolean =>
    list.some((item) => item.manifest === manifest && item.repository === repository);
}
