import type { ImagePolicy, Level, PolicyPart, Requirement } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';

/** At which level of a multi-platform image a requirement is asked: as it says itself, else as its policy says. */
export function levelOf(policy: ImagePolicy, requirement: Requirement): Level {
  return requirement.platforms ?? policy.platforms;
}

/** Whether a policy asks for one thing or another. */
export function hasChoices({ alternatives, anyOf }: ImagePolicy): boolean {
  return alternatives !== undefined || anyOf !== undefined;
}

/** The part of a policy that is asked; the same object if that is the whole policy. */
export function narrowPolicy(policy: ImagePolicy, part: PolicyPart): ImagePolicy {
  const require = policy.require.filter(({ name }) => part.requirements.includes(name));
  const keepsAll = require.length === policy.require.length && (part.alternatives || !hasChoices(policy));
  if (keepsAll) return policy;
  const { alternatives, anyOf, ...rest } = policy;
  const choices = { ...(alternatives !== undefined && { alternatives }), ...(anyOf !== undefined && { anyOf }) };
  return { ...rest, require, ...(part.alternatives && choices) };
}

/** What policies ask of an index itself: all but what they ask of the platforms alone. */
export function askedOfIndex(policies: readonly ImagePolicy[]): readonly ImagePolicy[] {
  const narrowed = policies.map((policy) =>
    narrowPolicy(policy, {
      requirements: namesOf(policy.require.filter(({ platforms }) => platforms !== 'each')),
      alternatives: true,
    }),
  );
  return narrowed.every((policy, at) => policy === policies[at]) ? policies : narrowed;
}

/** What policies ask of each image in an index for itself; those that ask nothing are left out. */
export function askedOfEach(policies: readonly ImagePolicy[]): readonly ImagePolicy[] {
  return narrowAll(policies, (policy) => ({
    requirements: namesOf(policy.require.filter((requirement) => levelOf(policy, requirement) === 'each')),
    alternatives: policy.platforms === 'each',
  }));
}

/**
 * The requirements that an index does not satisfy and that the images in it may satisfy in its place: those of any
 * level and, for those of the index, by what a builder has put beside each image. `null` if the index fails by
 * something that they cannot prove.
 */
export function openToPlatforms(
  policies: readonly ImagePolicy[],
  verdict: Pick<Verdict, 'requirements'>,
): { readonly anyLevel: readonly ImagePolicy[]; readonly index: readonly ImagePolicy[] } | null {
  const open = leftOpen(policies, verdict);
  const at = (level: Level) =>
    narrowAll(open, (policy) => ({
      requirements: namesOf(policy.require.filter((requirement) => levelOf(policy, requirement) === level)),
      alternatives: false,
    }));
  if (open.length === 0 || at('each').length > 0) return null;
  return { anyLevel: at('any-level'), index: at('index') };
}

/**
 * The requirements of these policies that a verdict does not satisfy, if all of them stand by themselves; empty if one
 * belongs to an alternative.
 */
export function leftOpen(
  policies: readonly ImagePolicy[],
  verdict: Pick<Verdict, 'requirements'>,
): readonly ImagePolicy[] {
  const open = verdict.requirements.filter(({ satisfied }) => !satisfied);
  const names = new Set(open.map(({ policy, name }) => JSON.stringify([policy, name])));
  const isOpen = (policy: ImagePolicy, { name }: Requirement): boolean =>
    names.has(JSON.stringify([policy.name, name]));
  const narrowed = narrowAll(policies, (policy) => ({
    requirements: namesOf(policy.require.filter((requirement) => isOpen(policy, requirement))),
    alternatives: false,
  }));
  return narrowed.flatMap(({ require }) => require).length === open.length ? narrowed : [];
}

function narrowAll(
  policies: readonly ImagePolicy[],
  partOf: (policy: ImagePolicy) => PolicyPart,
): readonly ImagePolicy[] {
  return policies
    .map((policy) => narrowPolicy(policy, partOf(policy)))
    .filter((policy) => policy.require.length > 0 || hasChoices(policy));
}

function namesOf(requirements: readonly Requirement[]): readonly string[] {
  return requirements.map(({ name }) => name);
}
