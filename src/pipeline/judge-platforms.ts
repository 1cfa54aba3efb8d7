import type { Digest } from '../domain/digest.ts';
import { FaultError } from '../domain/errors.ts';
import { type Descriptor, isIndexMediaType, type Manifest } from '../domain/manifest.ts';
import type { ImagePolicy } from '../domain/policy.ts';
import { shortText } from '../domain/short-text.ts';
import { isFailing, type RequirementResult, type Verdict } from '../domain/verdict.ts';
import { isBuildAttestation } from '../evidence/artifact-config.ts';
import { isReadWhole } from '../evidence/is-read-whole.ts';
import { judgeEvidence } from './judge-evidence.ts';
import type { JudgementTarget } from './judge-image.ts';
import { worstVerdict } from './worst-verdict.ts';

interface Input {
  readonly target: JudgementTarget;
  readonly policies: readonly ImagePolicy[];
  readonly manifest: Manifest;
  /** The verdict on the index (or single image) itself. */
  readonly own: Verdict;
}

/** Each costs at least four requests; the largest indexes in use list about twenty images, and as many attestations. */
const MAX_LISTED = 100;

/**
 * For policies with `platforms: each`: every image in the index, and in indexes in it, must itself satisfy them. The
 * worst verdict of all counts; for a plain image, or with `platforms: index`, it is the own one.
 */
export async function judgePlatforms(input: Input): Promise<Verdict> {
  const { manifest, own } = input;
  const each = input.policies.filter((policy) => policy.platforms === 'each');
  const mayListImages = isIndexMediaType(manifest.mediaType) || manifest.unreadable !== undefined;
  if (each.length === 0 || !mayListImages || isSettled(own, each)) return own;
  return worstVerdict([own, ...(await judgeListed(input, each))]);
}

// A failure stays one whatever the images prove, and whoever pushes an index chooses how much it lists.
function isSettled({ outcome, onFailure }: Verdict, each: readonly ImagePolicy[]): boolean {
  return isFailing(outcome) && (onFailure === 'quarantine' || each.every((policy) => policy.onFailure === 'alert'));
}

async function judgeListed(input: Input, each: readonly ImagePolicy[]): Promise<readonly Verdict[]> {
  const { target } = input;
  const verdicts: Verdict[] = [];
  const seen = new Set<Digest>([input.manifest.digest]);
  const indexes = [input.manifest];
  // Grows by the indexes found in it while it is walked.
  for (const index of indexes) {
    if (!isReadWhole(index)) return [...verdicts, notAllSeen(`${index.digest} cannot be read completely`, each)];
    for (const child of index.manifests) {
      if (seen.has(child.digest)) continue;
      if (seen.add(child.digest).size > MAX_LISTED) return [...verdicts, notAllSeen(`more than ${MAX_LISTED}`, each)];
      const manifest = await readChild(target, child);
      if (isUnknownPlatform(child) && isBuildAttestation(manifest)) continue;
      if (isIndexMediaType(manifest.mediaType) || manifest.unreadable !== undefined) indexes.push(manifest);
      verdicts.push(await judgeChild(target, each, child, manifest));
    }
  }
  return verdicts;
}

async function readChild({ registry, repository, signal }: JudgementTarget, child: Descriptor): Promise<Manifest> {
  const manifest = await registry.reader.readManifest(repository, { digest: child.digest }, signal);
  if (manifest !== null) return manifest;
  // An index may be pushed before its children have been replicated: not telling is right, failing is not.
  throw new FaultError('SUBJECT_GONE', `the index lists ${child.digest}, which the registry does not have`, {
    retryable: true,
  });
}

function isUnknownPlatform({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown';
}

async function judgeChild(
  target: JudgementTarget,
  policies: readonly ImagePolicy[],
  child: Descriptor,
  manifest: Manifest,
): Promise<Verdict> {
  const { digest, platform } = child;
  const { verdict } = await judgeEvidence({ target, policies, digest, manifest: Promise.resolve(manifest) });
  const name = platform ? shortText(`${platform.os}/${platform.architecture}`) : digest;
  return {
    ...verdict,
    reason: `For ${name}: ${verdict.reason}`,
    requirements: verdict.requirements.map((result) => nameFor(name, result)),
  };
}

function nameFor(platform: string, result: RequirementResult): RequirementResult {
  return { ...result, name: `${result.name} (${platform})` };
}

function notAllSeen(why: string, each: readonly ImagePolicy[]): Verdict {
  return {
    outcome: 'rejected-input',
    code: 'LOOK_CUT_SHORT',
    reason: `Not every image in this index could be looked at (${why}), and each of them must prove what the policy asks for.`,
    policies: each.map(({ name }) => name),
    onFailure: each.some(({ onFailure }) => onFailure === 'quarantine') ? 'quarantine' : 'alert',
    requirements: [],
    graceMs: 0,
  };
}
