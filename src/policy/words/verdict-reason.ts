// The room `policy/words`: what a verdict says to people.

import type { ImagePolicy } from '../../domain/policy.ts';
import type { Outcome, ReasonCode } from '../../domain/verdict.ts';
import { shortText } from '../../kit/short-text.ts';
import type { JudgedRequirement } from '../judge/judge-requirement.ts';
import { joinWith } from './describe-signer.ts';
import { lowerFirst } from './lower-first.ts';

interface ReasonInput {
  readonly outcome: Outcome;
  /** All that cover the image. */
  readonly policies: readonly ImagePolicy[];
  /** The requirements of the policies that decided. */
  readonly decisive: readonly JudgedRequirement[];
  readonly cutShort: string | undefined;
}

/** The state of the requirement that explains an outcome. */
const STATES: Readonly<Record<Exclude<Outcome, 'pass' | 'rejected-input'>, JudgedRequirement['state']>> = {
  'fail-evidence': 'failed',
  'fail-missing': 'missing',
  indeterminate: 'undecided',
};

/**
 * The code of a verdict and the sentence that explains it to a person who has never heard of Sigstore.
 * @throws {TypeError} if it fails and no requirement is unsatisfied: a defect of ours
 */
export function reasonFor(input: ReasonInput): { readonly code: ReasonCode; readonly reason: string } {
  const { outcome, decisive } = input;
  if (outcome === 'pass') return { code: 'SATISFIED', reason: passed(input.policies) };
  if (outcome === 'rejected-input') {
    const why = shortText(input.cutShort ?? 'a limit was reached');
    const reason = `There is more attached to this image than the limits allow (${why}), and what was read does not prove what the policy asks for.`;
    return { code: 'LOOK_CUT_SHORT', reason };
  }
  const wanted = STATES[outcome];
  const open = decisive.filter(({ state }) => state !== 'satisfied');
  const told = open.find(({ state }) => state === wanted);
  if (told === undefined) throw new TypeError('a failing verdict has an unsatisfied requirement');
  const more =
    open.length > 1
      ? ` ${open.length - 1} more of its requirements ${open.length === 2 ? 'is' : 'are'} not satisfied.`
      : '';
  return { code: told.result.code, reason: `${sentenceFor(told)}${more}` };
}

function passed(policies: readonly ImagePolicy[]): string {
  const names = joinWith(
    policies.map(({ name }) => `"${shortText(name)}"`),
    'and',
  );
  return `Everything that ${policies.length === 1 ? 'the policy' : 'the policies'} ${names} ${policies.length === 1 ? 'asks' : 'ask'} for is proved.`;
}

function sentenceFor({ result, summary }: JudgedRequirement): string {
  const policy = `the policy "${shortText(result.policy)}"`;
  const wanted = `"${shortText(result.name)}" (${policy})`;
  const found = lowerFirst(summary);
  switch (result.code) {
    case 'SIGNATURE_MISSING':
      return result.evidence.length === 0
        ? `Nobody has signed this image: ${wanted} asks for ${result.expected}.`
        : `A signature of this image is missing: ${wanted} asks for ${result.expected}; there is ${found.replace(/[.]$/, '')}.`;
    case 'PROVENANCE_MISSING':
      return `Nothing proves where this image was built: ${wanted} asks for ${result.expected}.`;
    case 'ATTESTATION_MISSING':
      return `A signed statement about this image is missing: ${wanted} asks for ${result.expected}.`;
    case 'SIGNERS_TOO_FEW':
      return `Too few have signed this image: ${wanted} asks for ${result.expected}; so far it has ${result.found}.`;
    case 'SIGNER_NOT_ALLOWED':
      return `This image is signed, but by nobody whom ${wanted} allows: ${found}`;
    case 'SOURCE_MISMATCH':
    case 'REF_MISMATCH':
      return `This image was built from another source than ${wanted} allows: ${found}`;
    case 'BUILDER_MISMATCH':
    case 'BUILD_TYPE_MISMATCH':
    case 'TRIGGER_MISMATCH':
    case 'INPUTS_MISMATCH':
      return `This image was not built in the way that ${wanted} asks for: ${found}`;
    case 'EVIDENCE_TOO_OLD':
      return `What is signed about this image is not recent enough for ${wanted}: ${found}`;
    case 'TIME_UNPROVEN':
      return `What is signed about this image does not show when it was signed, as it must for ${wanted}: ${found}`;
    case 'ANNOTATION_MISMATCH':
    case 'CONDITION_FALSE':
    case 'CONDITION_UNDECIDED':
      return `What is signed about this image is not what ${wanted} asks for: ${found}`;
    case 'EVIDENCE_UNPROCESSABLE':
      return `Lazaret could not check this image because of an error of its own, so it cannot say whether ${wanted} is satisfied.`;
    case 'TRUST_ROOT_STALE':
      return `Lazaret cannot say whether ${wanted} is satisfied, because what it trusts is out of date: ${found}`;
    case 'DENIED_BY_POLICY':
      return `${policy.replace('the', 'The')} does not allow this image, whatever it proves.`;
    default:
      return `What is attached to this image as proof cannot be accepted for ${wanted}: ${found}`;
  }
}
