import type { ImagePolicy, PolicyAlternative } from '../../domain/policy.ts';
import { shortText } from '../../kit/short-text.ts';
import { type JudgedRequirement, judgeRequirement } from './judge-requirement.ts';
import type { JudgingContext } from './judging-context.ts';

/** The result of judging one policy. It is satisfied if every one of its requirements is. */
export interface JudgedPolicy {
  readonly policy: ImagePolicy;
  readonly requirements: readonly JudgedRequirement[];
}

/** Judges all that one policy asks for. */
export function judgePolicy(policy: ImagePolicy, context: JudgingContext): JudgedPolicy {
  const requirements = policy.require.map((requirement) => judgeRequirement(policy, requirement, context));
  const groups = [...(policy.anyOf ?? []), ...(policy.alternatives === undefined ? [] : [policy.alternatives])];
  const ofGroups = groups.flatMap((group) => judgeAlternatives(policy, group, context));
  return { policy, requirements: [...requirements, ...ofGroups] };
}

/**
 * One alternative that holds suffices, and then only that one is reported. If none holds, the requirements of all are
 * reported, and the policy has failed only if every alternative has. A denial, which no evidence can change, is
 * reported only where there is nothing else to say.
 */
function judgeAlternatives(
  policy: ImagePolicy,
  alternatives: readonly PolicyAlternative[],
  context: JudgingContext,
): readonly JudgedRequirement[] {
  const judged = alternatives.map((alternative) => judgeAlternative(policy, alternative, context));
  const held = judged.find((requirements) => requirements.every(({ state }) => state === 'satisfied'));
  if (held !== undefined) return held;
  const mayStillCome = judged.some((requirements) => requirements.every(({ state }) => state !== 'failed'));
  const open = judged.flatMap((requirements) => requirements.filter(({ state }) => state !== 'satisfied'));
  if (!mayStillCome) return open.toSorted((a, b) => Number(isDenial(a)) - Number(isDenial(b)));
  const pending = open.filter(({ state }) => state !== 'failed');
  const failed = open.filter(({ state }) => state === 'failed').map((one) => ({ ...one, state: 'missing' as const }));
  return [...pending, ...failed];
}

function isDenial({ result }: JudgedRequirement): boolean {
  return result.code === 'DENIED_BY_POLICY';
}

function judgeAlternative(
  policy: ImagePolicy,
  alternative: PolicyAlternative,
  context: JudgingContext,
): readonly JudgedRequirement[] {
  if (alternative.denied !== undefined) return [denied(policy, alternative.name, alternative.denied)];
  const { require } = alternative;
  const own = [...context.own, ...require];
  return require.map((requirement) => judgeRequirement(policy, requirement, { ...context, own }));
}

function denied(policy: ImagePolicy, name: string, words: string): JudgedRequirement {
  const why = shortText(words);
  const found = `This image, which the policy does not allow whatever it proves${why === '' ? '' : `: ${why}`}.`;
  return {
    state: 'failed',
    summary: found,
    result: {
      policy: policy.name,
      name,
      satisfied: false,
      code: 'DENIED_BY_POLICY',
      expected: 'no image that this policy covers',
      found,
      advice: 'Use another image, or change the policy.',
      evidence: [],
    },
  };
}
