import { FaultError } from '../domain/errors.ts';
import { type Descriptor, isIndexMediaType, type Manifest } from '../domain/manifest.ts';
import type { ImagePolicy } from '../domain/policy.ts';
import type { Outcome, RequirementResult, Verdict } from '../domain/verdict.ts';
import { judgeEvidence } from './judge-evidence.ts';
import type { JudgementTarget } from './judge-image.ts';

interface Input {
  readonly target: JudgementTarget;
  readonly policies: readonly ImagePolicy[];
  readonly manifest: Manifest;
  /** The verdict on the index (or single image) itself. */
  readonly own: Verdict;
}

/**
 * For policies with `platforms: each`: every image in the index must itself satisfy them. The worst outcome of all
 * counts, by the precedence of the outcomes; for a plain image, or with `platforms: index`, it is the own verdict.
 */
export async function judgePlatforms(input: Input): Promise<Verdict> {
  const each = input.policies.filter((policy) => policy.platforms === 'each');
  if (each.length === 0 || !isIndexMediaType(input.manifest.mediaType)) return input.own;
  const verdicts = [input.own];
  for (const child of input.manifest.manifests.filter(isPlatformImage)) {
    verdicts.push(await judgeChild(input, each, child));
  }
  return worstOf(verdicts);
}

// BuildKit lists its attestations in the index as manifests for the platform unknown/unknown; they are not images.
function isPlatformImage(child: Descriptor): boolean {
  return child.platform?.os !== 'unknown' || child.platform.architecture !== 'unknown';
}

async function judgeChild(input: Input, policies: readonly ImagePolicy[], child: Descriptor): Promise<Verdict> {
  const { target } = input;
  const { digest } = child;
  const manifest = await target.registry.reader.readManifest(target.repository, { digest }, target.signal);
  if (manifest === null) throw missingChild(child);
  const { verdict } = await judgeEvidence({ target, policies, digest, manifest: Promise.resolve(manifest) });
  const platform = child.platform ? `${child.platform.os}/${child.platform.architecture}` : child.digest;
  return {
    ...verdict,
    reason: `For ${platform}: ${verdict.reason}`,
    requirements: verdict.requirements.map((result) => nameFor(platform, result)),
  };
}

function nameFor(platform: string, result: RequirementResult): RequirementResult {
  return { ...result, name: `${result.name} (${platform})` };
}

function missingChild(child: Descriptor): FaultError {
  // An index may be pushed before its children have been replicated: not telling is right, failing is not.
  return new FaultError('SUBJECT_GONE', `the index lists ${child.digest}, which the registry does not have`, {
    retryable: true,
  });
}

// DESIGN's precedence for one subject, turned around: over several subjects the weakest link decides.
const WORST_FIRST: readonly Outcome[] = ['fail-evidence', 'fail-missing', 'indeterminate', 'rejected-input', 'pass'];

function worstOf(verdicts: readonly Verdict[]): Verdict {
  const rank = (verdict: Verdict): number => WORST_FIRST.indexOf(verdict.outcome);
  const [worst = verdicts[0]] = [...verdicts].sort((a, b) => rank(a) - rank(b));
  if (worst === undefined) throw new TypeError('at least the verdict on the index itself is expected');
  return { ...worst, requirements: verdicts.flatMap((verdict) => verdict.requirements) };
}
