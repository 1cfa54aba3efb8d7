import type { Requirement } from '../../domain/policy.ts';
import type { ReasonCode } from '../../domain/verdict.ts';
import { explainLiteral, literalWildcards } from '../read/literal-wildcards.ts';

/**
 * What a person can do about an unsatisfied requirement. The reader is told to look for a stranger only where it is not
 * known that a signer whom the policy names attached the evidence.
 */
export function adviceFor(code: ReasonCode, requirement: Requirement, isOfNamed = false): string {
  const literal = literalWildcards(requirement).find(({ key }) => MISSED_BY[code]?.test(key));
  const advice = literal === undefined ? doAbout(code, requirement) : `${explainLiteral(literal)}.`;
  const look = isOfNamed ? undefined : LOOK_FOR[code];
  return look === undefined ? advice : `${advice.replace(/\.$/, '')}; ${look}.`;
}

/** The texts of a requirement that may be misspelt where a code is found. */
const MISSED_BY: { readonly [Code in ReasonCode]?: RegExp } = {
  SIGNER_NOT_ALLOWED: /^(?:issuer|subject|claims\.)/,
  SOURCE_MISMATCH: /^source\./,
  ANNOTATION_MISMATCH: /^annotations\./,
};

/** What to look for where a stranger may have attached the evidence. */
const LOOK_FOR: { readonly [Code in ReasonCode]?: string } = {
  SIGNER_NOT_ALLOWED: 'if not, find out who pushed the image',
  SIGNATURE_INVALID: 'if you did not sign it, find out who attached this',
  SIGNER_UNTRUSTED: 'if you did not sign it, find out who attached this',
  SIGNER_UNVERIFIABLE: 'if you did not sign it, find out who attached this',
  CERTIFICATE_UNSUITABLE: 'if you did not sign it, find out who attached this',
  KEY_NOT_VALID: 'if you did not sign it, find out who attached this',
  LOG_PROOF_INVALID: 'if you did not sign it, find out who attached this',
  LOG_ENTRY_MISMATCH: 'if you did not sign it, find out who attached this',
  TIMESTAMP_INVALID: 'if you did not sign it, find out who attached this',
  PAYLOAD_TYPE_WRONG: 'if you did not sign it, find out who attached this',
  STATEMENT_MALFORMED: 'if you did not sign it, find out who attached this',
  EVIDENCE_MALFORMED: 'if you did not attach it, find out who did',
  EVIDENCE_OVER_LIMIT: 'if you did not attach it, find out who did',
  EVIDENCE_ABSENT: 'if it was never there, find out who pushed what names it',
};

function doAbout(code: ReasonCode, requirement: Requirement): string {
  switch (code) {
    case 'SIGNATURE_MISSING':
      return 'Sign the image by its digest (cosign sign IMAGE@DIGEST) in the pipeline that pushes it.';
    case 'PROVENANCE_MISSING':
      return 'Let the build attest its provenance for this digest (on GitHub: actions/attest-build-provenance with push-to-registry).';
    case 'ATTESTATION_MISSING':
      return `Attest it for this digest with the type ${requirement.kind === 'attestation' ? requirement.predicateTypes.join(' or ') : 'the policy asks for'} (cosign attest --type … IMAGE@DIGEST).`;
    case 'SIGNERS_TOO_FEW':
      return 'Let another of the listed signers sign the same digest.';
    case 'SIGNER_NOT_ALLOWED':
      return 'If this signer should be trusted, add it to the policy.';
    case 'SOURCE_MISMATCH':
    case 'REF_MISMATCH':
    case 'BUILDER_MISMATCH':
    case 'TRIGGER_MISMATCH':
    case 'INPUTS_MISMATCH':
      return 'Build the image where and how the policy says; if that has changed on purpose, change the policy.';
    case 'SOURCE_UNTOLD':
      return 'Let the build name its source as docs/policies.md says for its builder; or take `source` out of the requirement, and ask beside it for what this build type does say: `attestation: { type: https://slsa.dev/provenance/v1, where: … }`.';
    case 'BUILD_TYPE_MISMATCH':
      return 'If this build type is right for the builder, name it in the policy (`buildType:`).';
    case 'PROVENANCE_INCONSISTENT':
      return 'Attest the build again with a builder that writes complete provenance.';
    case 'EVIDENCE_TOO_OLD':
      return 'Make and sign it again for this digest.';
    case 'TIME_UNPROVEN':
      return 'Sign with a transparency log or a timestamp authority that is trusted here, so that the time is proved.';
    case 'ANNOTATION_MISMATCH':
      return 'Sign it with the annotations the policy asks for, if it should have them (cosign sign -a NAME=VALUE IMAGE@DIGEST).';
    case 'CONDITION_FALSE':
    case 'CONDITION_UNDECIDED':
      return 'Look at the attestation (cosign download attestation IMAGE@DIGEST) and at the condition in the policy.';
    case 'SIGNER_UNTRUSTED':
    case 'SIGNER_UNVERIFIABLE':
    case 'LOG_PROOF_INVALID':
    case 'TIMESTAMP_INVALID':
      return 'If a Sigstore instance, log or timestamp authority of your own was used, name its trust root in the policy (`trust:`); if not, sign the image again.';
    case 'MATERIAL_MISMATCH':
      return 'Sign with one of the keys or identities the policy names, or change the policy.';
    case 'EVIDENCE_UNPROCESSABLE':
      return 'Report it to the makers of Lazaret, with the evidence if you may; the image is looked at again by itself.';
    case 'TRUST_ROOT_STALE':
      return 'Let Lazaret reach the repository of its trust root again (`lazaret doctor` says which); the image is looked at again by itself.';
    case 'CERTIFICATE_UNSUITABLE':
      return 'Sign with a certificate that was issued for signing code.';
    case 'KEY_NOT_VALID':
      return 'Sign the image again with a key that is in use.';
    case 'PAYLOAD_TYPE_WRONG':
    case 'STATEMENT_MALFORMED':
      return 'Let a tool that makes statements about software sign it (cosign attest, actions/attest).';
    case 'EVIDENCE_MALFORMED':
      return 'Look at the tool that made it: it cannot be read; sign the image again with one whose evidence can.';
    case 'EVIDENCE_ABSENT':
      return 'Push it again, or sign the image again: a list or manifest in the registry names it, and the registry does not have it.';
    case 'EVIDENCE_UNSUPPORTED':
      return 'Sign the image in a way that is understood here: cosign of version 2 or 3, or GitHub attestations; see docs/evidence.md.';
    case 'EVIDENCE_OVER_LIMIT':
      return 'Make it smaller, or raise `evidenceMiB` in the configuration where it is the size.';
    case 'SUBJECT_MISMATCH':
      return 'Sign this image: the evidence was made for another one and proves nothing here.';
    default:
      return 'Sign the image again, by its digest, with a key or identity the policy names.';
  }
}
