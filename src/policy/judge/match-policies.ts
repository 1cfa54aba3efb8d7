import type { Digest } from '../../domain/digest.ts';
import type { ImagePolicy, PolicySet } from '../../domain/policy.ts';
import { matchesGlob } from '../../kit/glob.ts';

/** What lies under a name, as far as policies ask. */
export interface CoveredThing {
  /** What it is; without it, whatever lies under the name. */
  readonly digest?: Digest;
  /** Its type, if it is no container image or index. */
  readonly artifactType?: string;
  /** It belongs to something else, as a bill of materials to its image. */
  readonly isAttached?: boolean;
}

/**
 * The policies that name an image, called `host/repository`, whatever they cover there. Those of policy-controller may
 * name one by its digest: `host/repository@sha256:…`.
 */
export function matchPolicies(set: PolicySet, image: string, digest?: Digest): readonly ImagePolicy[] {
  return set.policies.filter((policy) => policy.images.some((glob) => matchesImage(glob, image, digest)));
}

/** Whether one of a policy's `images` is this one; where no digest is told, whether it may be. */
export function matchesImage(glob: string, image: string, digest?: Digest): boolean {
  const name = namesOf(glob);
  if (name === glob) return matchesGlob(glob, image);
  return matchesGlob(name, image) && (digest === undefined || glob.slice(name.length + 1) === digest);
}

/** What of one of a policy's `images` is about names. */
export function namesOf(glob: string): string {
  return glob.replace(/@.*/, '');
}

/**
 * Those of them that cover a thing: all of them must pass. None of an image means that `noMatch` decides; none of an
 * artifact, that it is let be.
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
