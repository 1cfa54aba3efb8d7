import type { Digest } from '../../domain/digest.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import { isFailing, type RequirementResult, type Verdict } from '../../domain/verdict.ts';

/** Each costs at least four requests; the largest indexes in use list about twenty images, and as many attestations. */
export const MAX_LISTED = 100;

/**
 * Whether an index fails whatever the images in it prove, so that they need not be looked at: whoever pushes an index
 * chooses how many it lists.
 */
export function isSettled({ outcome, onFailure }: Verdict, each: readonly ImagePolicy[]): boolean {
  return isFailing(outcome) && (onFailure === 'quarantine' || each.every((policy) => policy.onFailure === 'alert'));
}

/** A verdict on one image of an index, told with its name: the platform, or the digest where the index names none. */
export function nameListed(verdict: Verdict, name: string): Verdict {
  const nameFor = (result: RequirementResult): RequirementResult => ({ ...result, name: `${result.name} (${name})` });
  return { ...verdict, reason: `For ${name}: ${verdict.reason}`, requirements: verdict.requirements.map(nameFor) };
}

/** The verdict on an index of which not every image was looked at; `why` completes "could not be looked at: …". */
export function notAllSeen(why: string, each: readonly ImagePolicy[]): Verdict {
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

/**
 * The verdict on an index that lists what the registry does not have: such an image proves nothing, and may still be
 * pushed later.
 */
export function listedAbsent(digest: Digest, each: readonly ImagePolicy[]): Verdict {
  return {
    outcome: 'fail-missing',
    code: 'LISTED_ABSENT',
    reason: `The index lists ${digest}, which the registry does not have, and each image in it must prove what the policy asks for.`,
    policies: each.map(({ name }) => name),
    onFailure: each.some(({ onFailure }) => onFailure === 'quarantine') ? 'quarantine' : 'alert',
    requirements: [],
    graceMs: Math.max(0, ...each.map(({ graceMs }) => graceMs)),
  };
}

/** The `why` of `notAllSeen` for an index that lists more than `MAX_LISTED` images. */
export const TOO_MANY_LISTED = `more than ${MAX_LISTED}`;
