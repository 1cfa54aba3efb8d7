import type { Digest } from '../domain/digest.ts';
import { FaultError } from '../domain/errors.ts';
import { type Descriptor, isIndexMediaType, type Manifest } from '../domain/manifest.ts';
import type { ImagePolicy } from '../domain/policy.ts';
import { shortText } from '../domain/short-text.ts';
import type { Verdict } from '../domain/verdict.ts';
import { isReadWhole } from '../evidence/is-read-whole.ts';
import { isBuildAttestation } from '../evidence/manifest-kind.ts';
import {
  isSettled,
  MAX_LISTED,
  nameListed,
  notAllSeen,
  policiesForEach,
  TOO_MANY_LISTED,
} from '../policy/listed-images.ts';
import { worstVerdict } from '../policy/worst-verdict.ts';
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
 * For policies with `platforms: each`: every image in the index, and in indexes in it, must itself satisfy them. The
 * worst verdict of all counts; for a plain image, or with `platforms: index`, it is the own one.
 */
export async function judgePlatforms(input: Input): Promise<Verdict> {
  const { manifest, own } = input;
  const each = policiesForEach(input.policies);
  const mayListImages = isIndexMediaType(manifest.mediaType) || manifest.unreadable !== undefined;
  if (each.length === 0 || !mayListImages || isSettled(own, each)) return own;
  return worstVerdict([own, ...(await judgeListed(input, each))]);
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
      // The index itself is among those seen.
      if (seen.add(child.digest).size - 1 > MAX_LISTED) return [...verdicts, notAllSeen(TOO_MANY_LISTED, each)];
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
  return nameListed(verdict, platform ? shortText(`${platform.os}/${platform.architecture}`) : digest);
}
