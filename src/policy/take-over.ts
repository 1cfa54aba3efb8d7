import type { Digest } from '../domain/digest.ts';
import type { ImagePolicy } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';

/** An index that was judged. */
export interface JudgedIndex {
  readonly digest: Digest;
  readonly verdict: Verdict;
}

/**
 * What an image that fails by itself takes over from an index that lists it and passed: the pass (whoever signed the
 * index named this digest), but not for policies that ask each image for proof of its own. BuildKit's attestations are
 * no images and need none.
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

/** The policies with `platforms: each` that this verdict does not show to be satisfied. */
function unprovedByItself(policies: readonly ImagePolicy[], { requirements }: Verdict): readonly ImagePolicy[] {
  return policies.filter(({ name, platforms }) => {
    const results = requirements.filter(({ policy }) => policy === name);
    return platforms === 'each' && (results.length === 0 || results.some(({ satisfied }) => !satisfied));
  });
}

// What the index has proved for the other policies must neither quarantine the image nor lengthen its grace.
function narrowTo(policies: readonly ImagePolicy[], verdict: Verdict): Verdict {
  return {
    ...verdict,
    onFailure: policies.some(({ onFailure }) => onFailure === 'quarantine') ? verdict.onFailure : 'alert',
    graceMs: Math.max(0, ...policies.map(({ graceMs }) => graceMs)),
  };
}
