import type { Digest } from '../../domain/digest.ts';
import type { HiddenEvidence, KnownEvidence } from '../../domain/evidence.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { EvidenceLayer } from '../../evidence/candidate.ts';
import type { EvidenceRequest } from '../../evidence/evidence-look.ts';
import type { JudgementTarget } from './judgement-target.ts';

/** What one look starts from and what is learnt of it: which manifests hold the evidence that counts. */
export interface Learning {
  /** What the look is asked with. */
  readonly request: Pick<EvidenceRequest, 'known' | 'onLost' | 'onGap' | 'onFetched'>;
  /**
   * The layers that counted, for a pass that known evidence alone has proved; none where evidence was found in its
   * places.
   */
  countedByDigest(verdict: Verdict): readonly EvidenceLayer[];
  /**
   * Reports what was learnt once there is a verdict, with the evidence that counts but to which its places no longer
   * lead.
   */
  tell(verdict: Verdict, hidden?: readonly HiddenEvidence[]): void;
}

/** Prepares a look at the evidence about a digest: reads what is known of it. @throws {FaultError} `DATABASE_UNAVAILABLE` */
export async function startLearning(
  { knownOf, onLearnt, onGap }: Pick<JudgementTarget, 'knownOf' | 'onLearnt' | 'onGap'>,
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
        if (!item.counted) return;
        lost.push(item);
        onGap?.(item.manifest);
      },
      onGap: ({ digest: missing, layer }) => {
        onGap?.(missing);
        // A manifest that proved something and has lost what it holds is as good as gone.
        const holder = counted.find((item) => isHeldBy(item, layer));
        if (holder !== undefined && !lost.includes(holder)) lost.push(holder);
      },
      onFetched: (layer) => fetched.push(layer),
    },
    countedByDigest(verdict) {
      const proof = verdict.outcome === 'pass' ? countedOf(verdict, fetched) : [];
      return proof.every(isIn(counted)) ? proof : [];
    },
    tell(verdict, hidden) {
      const proof = verdict.outcome === 'pass' ? distinct(countedOf(verdict, fetched)) : [];
      const isNews = proof.length > 0 && !(counted.length === proof.length && counted.every(isIn(proof)));
      onLearnt?.({ digest, proof: isNews ? proof : [], lost, ...(hidden && { hidden }) });
    },
  };
}

function isHeldBy({ manifest, repository }: KnownEvidence, layer: EvidenceLayer | undefined): boolean {
  return layer?.manifest === manifest && layer.repository === repository;
}

function countedOf({ requirements }: Verdict, fetched: readonly EvidenceLayer[]): readonly EvidenceLayer[] {
  const counted = requirements.flatMap(({ evidence }) => evidence.filter((tried) => tried.counted));
  const holds = ({ digest, repository }: EvidenceLayer): boolean =>
    counted.some(({ evidence }) => evidence.digest === digest && evidence.repository === repository);
  return fetched.filter(holds);
}

function distinct(layers: readonly EvidenceLayer[]): readonly KnownEvidence[] {
  const held = layers.map(({ manifest, repository }): KnownEvidence => {
    return { manifest, ...(repository !== undefined && { repository }), counted: true };
  });
  return [...new Map(held.map((item) => [`${item.repository} ${item.manifest}`, item])).values()];
}

type Held = Pick<KnownEvidence, 'manifest' | 'repository'>;

function isIn(list: readonly Held[]) {
  return ({ manifest, repository }: Held): boolean =>
    list.some((item) => item.manifest === manifest && item.repository === repository);
}
