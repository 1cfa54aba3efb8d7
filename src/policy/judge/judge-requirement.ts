import type { ImagePolicy, Requirement } from '../../domain/policy.ts';
import type { ReasonCode, RequirementResult } from '../../domain/verdict.ts';
import { adviceFor } from '../words/advice.ts';
import { describeKind, describeRequirement } from '../words/describe-requirement.ts';
import { joinWith } from '../words/describe-signer.ts';
import { lowerFirst } from '../words/lower-first.ts';
import { countSigners } from './count-signers.ts';
import { type EvaluatedEvidence, evaluateEvidence } from './evaluate-evidence.ts';
import type { JudgingContext } from './judging-context.ts';

/**
 * What became of a requirement: `failed` if evidence of its kind is there and none is good, `missing` if too little,
 * `undecided` if an error of ours, or a trust root that is out of date, kept some of it from being checked.
 */
export interface JudgedRequirement {
  readonly state: 'satisfied' | 'failed' | 'missing' | 'undecided';
  /** What was found, in one sentence without figures: how a verdict is explained to people who see nothing else. */
  readonly summary: string;
  readonly result: RequirementResult;
}

/** Judges one requirement over all evidence there is. */
export function judgeRequirement(
  policy: ImagePolicy,
  requirement: Requirement,
  context: JudgingContext,
): JudgedRequirement {
  const weighed = context.items.map((item) => evaluateEvidence(requirement, item, context));
  const ending = endingOf(requirement, weighed);
  const satisfied = ending.state === 'satisfied';
  const result: RequirementResult = {
    policy: policy.name,
    name: requirement.name,
    satisfied,
    code: ending.code,
    expected: describeRequirement(requirement),
    found: ending.found,
    advice: satisfied ? '' : (ending.advice ?? adviceFor(ending.code, requirement, ending.isOfNamed)),
    evidence: weighed.map(({ tried }) => tried),
  };
  return { state: ending.state, summary: ending.summary ?? ending.found, result };
}

interface Ending {
  readonly state: JudgedRequirement['state'];
  readonly code: ReasonCode;
  readonly found: string;
  readonly summary?: string;
  readonly advice?: string | undefined;
  readonly isOfNamed?: boolean;
}

const MISSING: Readonly<Record<Requirement['kind'], ReasonCode>> = {
  signature: 'SIGNATURE_MISSING',
  provenance: 'PROVENANCE_MISSING',
  attestation: 'ATTESTATION_MISSING',
};

function endingOf(requirement: Requirement, weighed: readonly EvaluatedEvidence[]): Ending {
  const counting = weighed.filter(({ kind }) => kind === 'counts');
  const count = countSigners(counting.flatMap(({ signers }) => signers));
  if (count >= requirement.atLeast) return { state: 'satisfied', code: 'SATISFIED', found: signersOf(counting) };
  const unchecked = weighed.find(({ kind }) => kind === 'undecided')?.tried;
  if (unchecked !== undefined) return { state: 'undecided', code: unchecked.code, found: unchecked.message };
  if (count > 0) {
    const found = `${count} of ${requirement.atLeast}: ${signersOf(counting)}`;
    return { state: 'missing', code: 'SIGNERS_TOO_FEW', found };
  }
  const [nearest] = weighed.filter(({ kind }) => kind === 'invalid').sort((a, b) => b.nearness - a.nearness);
  if (nearest !== undefined) {
    const { tried, inFull = tried.message, advice } = nearest;
    const isOfNamed = weighed.some((one) => one.isOfNamed);
    return { state: 'failed', code: tried.code, found: inFull, summary: tried.message, advice, isOfNamed };
  }
  return { state: 'missing', code: MISSING[requirement.kind], found: foundInstead(requirement, weighed) };
}

function signersOf(counting: readonly EvaluatedEvidence[]): string {
  return joinWith([...new Set(counting.map(({ tried }) => tried.found ?? 'an allowed signer'))], 'and');
}

function foundInstead(requirement: Requirement, weighed: readonly EvaluatedEvidence[]): string {
  const [spent] = weighed.filter(({ kind }) => kind === 'for-another').sort((a, b) => b.nearness - a.nearness);
  if (spent !== undefined) return `only evidence for another requirement: ${lowerFirst(spent.tried.message)}`;
  const others = [...new Set(weighed.flatMap(({ tried }) => (tried.found === undefined ? [] : [tried.found])))];
  if (others.length === 0) return 'nothing signed about this image';
  // An image may carry dozens of attestations; a few show what it has.
  const shown = others.length > 3 ? [...others.slice(0, 3), `${others.length - 3} more`] : others;
  return `no ${describeKind(requirement).replace(/^an? /, '')}; the image has ${joinWith(shown, 'and')}`;
}
