import type { Digest } from '../../domain/digest.ts';
import type { ImagePolicy, PolicySet } from '../../domain/policy.ts';
import { matchesGlob } from '../../kit/glob.ts';

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
  return set.policies.filter((policy) => policy.images.some((glob) => matchesImage(glob, image, digest)));
}

/** Whether one of a policy's `images` matches this image; without a digest, whether it could match one of that name. */
export function matchesImage(glob: string, image: string, digest?: Digest): boolean {
  const name = namesOf(glob);
  if (name === glob) return matchesGlob(glob, image);
  return matchesGlob(name, image) && (digest === undefined || glob.slice(name.length + 1) === digest);
}

/** The part of one of a policy's `images` that names repositories, without the digest. */
export function namesOf(glob: string): string {
  return glob.replace(/@.*/, '');
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
