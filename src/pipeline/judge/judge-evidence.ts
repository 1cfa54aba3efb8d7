import type { Digest } from '../../domain/digest.ts';
import type { Evidence, EvidenceSet, KnownEvidence } from '../../domain/evidence.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { collectEvidence } from '../../evidence/collect-evidence.ts';
import { limitsFor } from '../../evidence/evidence-limits.ts';
import type { EvidenceLayer } from '../../evidence/lead.ts';
import { FaultError } from '../../kit/errors.ts';
import { askedKinds } from '../../policy/judge/asked-kinds.ts';
import { tellingEvidence } from '../../policy/words/telling-evidence.ts';
import type { EvidenceJudgement } from '../../ports/evidence-judge.ts';
import type { JudgementTarget } from './judge-image.ts';
import { placesElsewhere } from './look-elsewhere.ts';

interface Input {
  readonly target: JudgementTarget;
  readonly policies: readonly ImagePolicy[];
  readonly digest: Digest;
  /** The manifest of the digest, maybe still under way. */
  readonly manifest: Promise<Manifest | null>;
  /** Manifests to be read by their digests. */
  readonly known?: readonly KnownEvidence[] | undefined;
}

/** What the evidence of one digest comes to, and what is learnt of it. */
export interface JudgedEvidence extends EvidenceJudgement {
  /** The manifests that hold what proved a pass. */
  readonly proof: readonly KnownEvidence[];
  /** What proved a pass before and the registry says it does not have. */
  readonly lost: readonly KnownEvidence[];
}

/** Above so many pieces, those that tell nothing are not judged again with the next; no honest image has as many. */
const MANY = 32;

/**
 * Fetches, verifies and judges the evidence of one digest, and stops looking as soon as it passes: more evidence never
 * lowers a pass, and every request counts against the registry's limits.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, and those of the judge: could not tell.
 */
export async function judgeEvidence(input: Input): Promise<JudgedEvidence> {
  const { target, digest, policies } = input;
  const { repository, habits, signal, readerFor, evidenceBytes, heavyLooks } = target;
  const { reader, host } = target.registry;
  const image = `${host}/${repository}`;
  const lookFirst = habits?.placesFor(image);
  let latest: EvidenceJudgement | undefined;
  const fetched: EvidenceLayer[] = [];
  const lost: KnownEvidence[] = [];
  const spent = new Set<Evidence>();
  await collectEvidence({
    reader,
    repository,
    digest,
    elsewhere: placesElsewhere(policies, { image, repository, reader, readerFor }),
    ...(signal && { signal }),
    ...(lookFirst && { lookFirst }),
    ...(evidenceBytes !== undefined && { limits: limitsFor(evidenceBytes) }),
    isAskedFor: askedKinds(policies),
    ...(heavyLooks && { heavyLooks }),
    ...(input.known && { known: input.known }),
    onLost: (item) => {
      if (item.counted) lost.push(item);
    },
    onFetched: (layer) => fetched.push(layer),
    isEnough: async (found) => {
      const items = found.items.filter((item) => !spent.has(item));
      latest = await weigh(input, { ...found, items });
      if (latest.verdict.outcome === 'pass') return true;
      if (items.length > MANY) {
        const telling = tellingEvidence(latest.verdict);
        for (const item of items) if (!telling.has(item.digest)) spent.add(item);
      }
      return false;
    },
  });
  if (latest === undefined) throw new TypeError('evidence was collected without being weighed');
  const isPass = latest.verdict.outcome === 'pass';
  if (isPass) habits?.learn(image, countedPlaces(latest.verdict));
  return { ...latest, proof: isPass ? proofOf(latest.verdict, fetched) : [], lost };
}

async function weigh({ target, policies, digest, manifest }: Input, evidence: EvidenceSet): Promise<EvidenceJudgement> {
  const read = await manifest;
  if (read === null) {
    throw new FaultError('SUBJECT_GONE', `the registry does not have the manifest ${digest}`, { retryable: true });
  }
  const image = `${target.registry.host}/${target.repository}`;
  const question = { evidence, manifest: read.bytes, image, inForce: target.policies, policies, now: target.clock() };
  return target.judge.judge(question, target.signal);
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

/** Where in its own repository; the others are looked into after it in any case. */
function countedPlaces({ requirements }: Verdict) {
  return requirements
    .flatMap(({ evidence }) => evidence.filter(({ counted }) => counted))
    .filter((tried) => tried.evidence.repository === undefined)
    .map((tried) => tried.evidence.place);
}
