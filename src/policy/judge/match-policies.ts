import type { Digest } from '../../domain/digest.ts';
import type { ImagePolicy, PolicySet } from '../../domain/policy.ts';
import { matchesImage } from './match-images.ts';
import { findCandidates } from './policy-index.ts';

/** What lies under a name, as far as policies ask. */
export interface CoveredThing {
  /** What it is; without it, whatever lies under the name. */
  readonly digest?: Digest;
  /** Its type, if it is no container image or index. */
  readonly artifactType?: string;
  /** It is attached to something else, as a bill of materials is to its image. */
  readonly isAttached?: boolean;
}

/**
 * The policies that name an image, called `host/repository`, whatever they cover there. Those of policy-controller may
 * name one by its digest: `host/repository@sha256:…`.
 */
export function matchPolicies(set: PolicySet, image: string, digest?: Digest): readonly ImagePolicy[] {
  const candidates = findCandidates(set.policies, image);
  const matching = new Set(candidates.filter(({ glob }) => matchesImage(glob, image, digest)).map(({ at }) => at));
  return [...matching].toSorted((a, b) => a - b).flatMap((at) => set.policies[at] ?? []);
}

/**
 * The policies that cover a thing; all of them must pass. If none covers an image, `noMatch` decides; an artifact that
 * none covers is left alone.
 */
export function coveringPolicies(
  set: PolicySet,
  image: string,
  { digest, artifactType, isAttached = false }: CoveredThing = {},
): readonly ImagePolicy[] {
  return matchPolicies(set, image, digest).filter(({ artifacts = ['images'] }) => {
    if (artifacts === 'all') return artifactType === undefined || !isAttached;
    return artifacts.some((type) => type.toLowerCase() === (artifactType ?? 'images').toLowerCase());
  });
}
