import type { ImagePolicy } from '../domain/policy.ts';
import { shortText } from '../domain/short-text.ts';
import type { Outcome, ReasonCode, RequirementResult } from '../domain/verdict.ts';
import { joinWith } from './describe-signer.ts';
import type { JudgedRequirement } from './judge-requirement.ts';

interface ReasonInput {
  readonly outcome: Outcome;
  /** All that cover the image. */
  readonly policies: readonly ImagePolicy[];
  /** The requirements of the policies that decided. */
  readonly decisive: readonly JudgedRequirement[];
  readonly cutShort: string | undefined;
}

/** The code of a verdict and the sentence that explains it to a person who has never heard of Sigstore. */
export function reasonFor(input: ReasonInput): { readonly code: ReasonCode; readonly reason: string } {
  const { outcome, decisive } = input;
  if (outcome === 'pass') return { code: 'SATISFIED', reason: passed(input.policies) };
  if (outcome === 'rejected-input') {
    const why = shortText(input.cutShort ?? 'a limit was reached');
    const reason = `There is more attached to this image than the limits allow (${why}), and what was read does not prove what the policy asks for.`;
    return { code: 'LOOK_CUT_SHORT', reason };
  }
  const wanted = outcome === 'fail-evidence' ? 'failed' : 'missing';
  const open = decisive.filter(({ state }) => state !== 'satisfied');
  const told = open.find(({ state }) => state === wanted)?.result;
  if (told === undefined) throw new TypeError('a failing verdict has an unsatisfied requirement');
  const more =
    open.length > 1
      ? ` ${open.length - 1} more of its requirements ${open.length === 2 ? 'is' : 'are'} not satisfied.`
      : '';
  return { code: told.code, reason: `${sentenceFor(told)}${more}` };
}

function passed(policies: readonly ImagePolicy[]): string {
  const names = joinWith(
    policies.map(({ name }) => `"${shortText(name)}"`),
    'and',
  );
  return `Everything that ${policies.length === 1 ? 'the policy' : 'the policies'} ${names} ${policies.length === 1 ? 'asks' : 'ask'} for is proved.`;
}

function sentenceFor(result: RequirementResult): string {
  const wanted = `"${shortText(result.name)}" (policy "${shortText(result.policy)}")`;
  switch (result.code) {
    case 'SIGNATURE_MISSING':
      return `Nobody has signed this image: ${wanted} asks for ${result.expected}.`;
    case 'PROVENANCE_MISSING':
      return `Nothing proves where this image was built: ${wanted} asks for ${result.expected}.`;
    case 'ATTESTATION_MISSING':
      return `A statement about this image is missing: ${wanted} asks for ${result.expected}.`;
    case 'SIGNERS_TOO_FEW':
      return `Too few have signed this image: ${wanted} asks for ${result.expected}, and found ${result.found}.`;
    case 'DENIED_BY_POLICY':
      return `The policy "${shortText(result.policy)}" does not allow this image, whatever it proves.`;
    default:
      return `What is attached to this image does not prove ${wanted}: ${lowerFirst(result.found)}`;
  }
}

function lowerFirst(text: string): string {
  return text.replace(/^(It|The|A|An|Nothing)\b/, (word) => word.toLowerCase());
}
