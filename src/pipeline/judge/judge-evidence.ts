import type { Digest } from '../../domain/digest.ts';
import type { Evidence, EvidenceSet, HiddenEvidence } from '../../domain/evidence.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { EvidenceLayer } from '../../evidence/candidate.ts';
import { collectEvidence } from '../../evidence/collect-evidence.ts';
import { limitsFor } from '../../evidence/evidence-limits.ts';
import type { EvidenceRequest } from '../../evidence/evidence-look.ts';
import { findHidden } from '../../evidence/find-hidden.ts';
import { FaultError } from '../../kit/errors.ts';
import { askedKinds } from '../../policy/judge/asked-kinds.ts';
import { decisiveEvidence } from '../../policy/words/decisive-evidence.ts';
import type { EvidenceJudgement } from '../../ports/evidence-judge.ts';
import type { JudgementTarget } from './judgement-target.ts';
import { startLearning } from './learn-evidence.ts';
import { placesElsewhere } from './look-elsewhere.ts';

interface Input {
  readonly target: JudgementTarget;
  readonly policies: readonly ImagePolicy[];
  readonly digest: Digest;
  /** The manifest of the digest, maybe still under way. */
  readonly manifest: Promise<Manifest | null>;
}

/**
 * With more pieces than this, those that do not matter for the verdict are not judged again with the next ones; no
 * honest image has as many.
 */
const MANY = 32;

/**
 * Fetches, verifies and judges the evidence of one digest, and stops looking as soon as it passes: more evidence never
 * lowers a pass, and every request counts against the registry's limits.
 * @throws {FaultError} `REGISTRY_*`, `DIGEST_MISMATCH`, and those of the judge: could not tell.
 */
export async function judgeEvidence(input: Input): Promise<EvidenceJudgement> {
  const { target, digest, policies } = input;
  const { repository, habits, signal, readerFor, evidenceBytes, heavyLooks } = target;
  const { reader, host } = target.registry;
  const image = `${host}/${repository}`;
  const lookFirst = habits?.placesFor(image);
  let latest: EvidenceJudgement | undefined;
  const learning = await startLearning(target, digest);
  const spent = new Set<Evidence>();
  const request: EvidenceRequest = {
    reader,
    repository,
    digest,
    elsewhere: placesElsewhere(policies, { image, repository, reader, readerFor }),
    ...(signal && { signal }),
    ...(lookFirst && { lookFirst }),
    ...(evidenceBytes !== undefined && { limits: limitsFor(evidenceBytes) }),
    isAskedFor: askedKinds(policies),
    ...(heavyLooks && { heavyLooks }),
  };
  await collectEvidence({
    ...request,
    ...learning.request,
    isEnough: async (found) => {
      const items = found.items.filter((item) => !spent.has(item));
      latest = await weigh(input, { ...found, items });
      if (latest.verdict.outcome === 'pass') return true;
      if (items.length > MANY) {
        const telling = decisiveEvidence(latest.verdict);
        for (const item of items) if (!telling.has(item.digest)) spent.add(item);
      }
      return false;
    },
  });
  if (latest === undefined) throw new TypeError('evidence was collected without being weighed');
  if (latest.verdict.outcome === 'pass') habits?.learn(image, countedPlaces(latest.verdict));
  learning.tell(latest.verdict, await watchPlaces(input, request, learning.countedByDigest(latest.verdict)));
  return latest;
}

/** How long the places are watched: the image passes already, so this may not take long. */
const WATCH_MS = 5_000;

/**
 * Checks whether the places of evidence that counted still lead to it, if this look did not read them. If what lies
 * there now proves the image as well, the evidence was renewed, and nobody need be told. Without an answer in time, the
 * result is unknown.
 */
async function watchPlaces(
  input: Input,
  request: EvidenceRequest,
  counted: readonly EvidenceLayer[],
): Promise<readonly HiddenEvidence[] | undefined> {
  const { target } = input;
  if (target.onLearnt === undefined) return undefined;
  if (counted.length === 0) return [];
  const timeOut = AbortSignal.timeout(WATCH_MS);
  const signal = target.signal === undefined ? timeOut : AbortSignal.any([target.signal, timeOut]);
  const watching = { ...request, signal };
  let hidden: readonly HiddenEvidence[] | undefined;
  try {
    hidden = await findHidden(watching, counted);
    const isRenewed = hidden !== undefined && hidden.length > 0 && (await looksRenewed(input, watching, signal));
    return isRenewed ? [] : hidden;
  } catch (error) {
    if (!(error instanceof FaultError) && !signal.aborted) throw error;
    return hidden;
  }
}

async function looksRenewed(input: Input, request: EvidenceRequest, signal: AbortSignal): Promise<boolean> {
  const { target, digest } = input;
  const { onLearnt } = target;
  const learning = await startLearning(onLearnt === undefined ? {} : { onLearnt }, digest);
  let latest: EvidenceJudgement | undefined;
  await collectEvidence({
    ...request,
    ...learning.request,
    isEnough: async (found) => {
      latest = await weigh({ ...input, target: { ...target, signal } }, found);
      return latest.verdict.outcome === 'pass';
    },
  });
  if (latest?.verdict.outcome !== 'pass') return false;
  learning.tell(latest.verdict);
  return true;
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

/** Where in its own repository; the others are looked into after it in any case. */
function countedPlaces({ requirements }: Verdict) {
  return requirements
    .flatMap(({ evidence }) => evidence.filter(({ counted }) => counted))
    .filter((tried) => tried.evidence.repository === undefined)
    .map((tried) => tried.evidence.place);
}
