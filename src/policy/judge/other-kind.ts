import type { EvidenceClaim } from '../../domain/finding.ts';
import { NOTATION_SIGNATURE } from '../../domain/notation.ts';
import type { Requirement } from '../../domain/policy.ts';
import { isSlsaProvenance } from '../../domain/slsa-provenance.ts';
import type { EvidenceTried } from '../../domain/verdict.ts';
import { shortText } from '../../kit/short-text.ts';
import { describeKind } from '../words/describe-requirement.ts';
import type { EvidenceItem } from './evidence-items.ts';

/** Whether a requirement asks for evidence of this kind. Evidence whose kind is unknown might be of any. */
export function isOfKind(requirement: Requirement, claim: EvidenceClaim): boolean {
  if (claim.kind === 'unknown') return true;
  if (claim.kind === 'artifact') return false;
  if (requirement.kind === 'signature') return claim.kind === 'signature';
  if (claim.kind === 'signature') return false;
  const { predicateType } = claim;
  if (predicateType === undefined) return true;
  return requirement.kind === 'provenance'
    ? isSlsaProvenance(predicateType)
    : requirement.predicateTypes.includes(predicateType);
}

/** Says that a piece of evidence is of another kind than the requirement asks for, and why it was not read, if so. */
export function ofAnotherKind(requirement: Requirement, { ref, claim, unread }: EvidenceItem): EvidenceTried {
  const found = describeClaim(claim);
  const expected = describeKind(requirement);
  const shared = { evidence: ref, counted: false, expected, found } as const;
  if (unread === undefined) {
    const message = `It is ${found}; this requirement asks for ${expected}.`;
    return { ...shared, code: 'PREDICATE_TYPE_MISMATCH', message };
  }
  const code = unread.code === 'VERIFIED' ? 'PREDICATE_TYPE_MISMATCH' : unread.code;
  const message = `It says that it is ${found}, and this requirement asks for ${expected}. ${shortText(unread.message, 300)}`;
  return { ...shared, code, message };
}

function describeClaim(claim: EvidenceClaim): string {
  if (claim.kind === 'signature') return 'a signature';
  if (claim.kind === 'artifact' && claim.artifactType === NOTATION_SIGNATURE) return 'a signature of Notation';
  if (claim.kind === 'artifact') return `an artifact of type ${shortText(claim.artifactType)}`;
  if (claim.kind === 'unknown' || claim.predicateType === undefined) return 'an attestation';
  return `an attestation of type ${shortText(claim.predicateType)}`;
}
