import type { Digest } from '../../domain/digest.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { askedOfEach } from '../read/levels.ts';

/** An index that was judged. */
export interface JudgedIndex {
  readonly digest: Digest;
  readonly verdict: Verdict;
}

/**
 * The verdict that an image which fails by itself takes over from an index that lists it and passed: whoever signed the
 * index named this digest. Policies that ask each image for its own proof are judged without the index, except for
 * BuildKit's attestations, which are no images.
 */
export function takeOverPass(
  own: Verdict,
  passed: JudgedIndex,
  image: { readonly policies: readonly ImagePolicy[]; readonly isBuildAttestation: boolean },
): Verdict {
  const open = image.isBuildAttestation ? [] : unprovedByItself(image.policies, own);
  if (open.length > 0) return narrowTo(open, own);
  return { ...passed.verdict, code: 'INHERITED', reason: `Listed by the index ${passed.digest}, which passed.` };
}

/** What a part of an index, pushed without a tag of its own, takes over from one that failed. */
export function takeOverFailure({ digest, verdict }: JudgedIndex): Verdict {
  return { ...verdict, code: 'INHERITED', reason: `Part of the index ${digest}: ${verdict.reason}` };
}

/** The policies that ask each image for something which this verdict does not show to be satisfied. */
function unprovedByItself(policies: readonly ImagePolicy[], { requirements }: Verdict): readonly ImagePolicy[] {
  const asked = askedOfEach(policies);
  const unproved = asked.filter((policy) => {
    const isOverall = policy.platforms === 'each';
    const names = policy.require.map(({ name }) => name);
    const results = requirements.filter(
      (result) => result.policy === policy.name && (isOverall || names.includes(result.name)),
    );
    return results.length === 0 || results.some(({ satisfied }) => !satisfied);
  });
  return policies.filter(({ name }) => unproved.some((policy) => policy.name === name));
}

// Policies that the index satisfies must neither quarantine the image nor lengthen its grace.
function narrowTo(policies: readonly ImagePolicy[], verdict: Verdict): Verdict {
  return {
    ...verdict,
    onFailure: policies.some(({ onFailure }) => onFailure === 'quarantine') ? verdict.onFailure : 'alert',
    graceMs: Math.max(0, ...policies.map(({ graceMs }) => graceMs)),
  };
}
