import { matchesGlob } from '../domain/glob.ts';
import type { ImagePolicy, PolicySet } from '../domain/policy.ts';

/** What lies under a name, as far as policies ask. */
export interface CoveredThing {
  /** Its type, if it is no container image or index. */
  readonly artifactType?: string;
  /** It belongs to something else, as a bill of materials to its image. */
  readonly isAttached?: boolean;
}

/** The policies that name an image, called `host/repository`, whatever they cover there. */
export function matchPolicies(set: PolicySet, image: string): readonly ImagePolicy[] {
  return set.policies.filter((policy) => policy.images.some((glob) => matchesGlob(glob, image)));
}

/**
 * Those of them that cover a thing: all of them must pass. None of an image means that `noMatch` decides; none of an
 * artifact, that it is let be.
 */
export function coveringPolicies(
  set: PolicySet,
  image: string,
  { artifactType, isAttached = false }: CoveredThing = {},
): readonly ImagePolicy[] {
  return matchPolicies(set, image).filter(({ artifacts = ['images'] }) => {
    if (artifacts === 'all') return artifactType === undefined || !isAttached;
    return artifacts.some((type) => type.toLowerCase() === (artifactType ?? 'images').toLowerCase());
  });
}
