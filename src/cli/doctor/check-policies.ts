import type { PolicySet } from '../../domain/policy.ts';
import { globsOverlap } from '../../kit/glob-overlap.ts';
import { namesOf } from '../../policy/judge/match-images.ts';
import { type Check, type CheckResult, ok, warn } from './check.ts';

/** What of a registry the daemon looks at. */
export interface CoveredRegistry {
  readonly id: string;
  /** Host with port, as images of it are named. */
  readonly host: string;
  readonly repositories: readonly string[];
}

/** Whether every policy covers something that is looked at, and everything that is looked at is covered. */
export function checkPolicies(set: PolicySet, registries: readonly CoveredRegistry[]): readonly Check[] {
  const looked = registries.flatMap(({ id, host, repositories }) =>
    repositories.map((glob) => ({ id, image: `${host}/${glob}` })),
  );
  if (set.policies.length === 0) {
    const advice = 'Write one (docs/policies.md) and name its file under `policies`.';
    return [{ name: 'policies', run: async () => warn(`there is no policy; ${UNCOVERED[set.noMatch]}`, advice) }];
  }
  const perPolicy = set.policies.map(
    (policy): Check => ({
      name: `policy ${policy.name}`,
      run: async () =>
        checkPolicy(
          policy.images,
          looked.map(({ image }) => image),
        ),
    }),
  );
  return [...perPolicy, { name: 'coverage', run: async () => checkCoverage(set, looked) }];
}

function checkPolicy(images: readonly string[], looked: readonly string[]): CheckResult {
  const idle = images.filter((glob) => !looked.some((image) => globsOverlap(namesOf(glob), image)));
  if (idle.length === 0) return ok(`covers ${images.join(', ')}`);
  const what = idle.length === images.length ? 'it covers no image Lazaret looks at' : 'a part of it covers nothing';
  return warn(
    `${what}: ${idle.join(', ')}`,
    `Images are named HOST/REPOSITORY; Lazaret looks at ${looked.join(', ') || 'none'}.`,
  );
}

function checkCoverage(
  set: PolicySet,
  looked: readonly { readonly id: string; readonly image: string }[],
): CheckResult {
  const globs = set.policies.flatMap((policy) => policy.images);
  const bare = looked.filter(({ image }) => !globs.some((glob) => globsOverlap(glob, image)));
  if (bare.length === 0) return ok('every configured repository pattern has a policy');
  const names = bare.map(({ id, image }) => `${image} (registry ${id})`).join(', ');
  return warn(
    `no policy covers ${names}; ${UNCOVERED[set.noMatch]}`,
    'Write a policy for them, or narrow `repositories`.',
  );
}

const UNCOVERED: Readonly<Record<PolicySet['noMatch'], string>> = {
  alert: 'every image pushed there is announced as failing (noMatch: alert)',
  fail: 'every image pushed there is quarantined (noMatch: fail)',
  ignore: 'every image pushed there is let be (noMatch: ignore)',
};
