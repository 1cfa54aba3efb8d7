import { matchesGlob } from '../domain/glob.ts';
import type { ImagePolicy, PolicySet } from '../domain/policy.ts';

/** The policies that cover an image, named `host/repository`. All of them must pass; none means `noMatch` decides. */
export function matchPolicies(set: PolicySet, image: string): readonly ImagePolicy[] {
  return set.policies.filter((policy) => policy.images.some((glob) => matchesGlob(glob, image)));
}
