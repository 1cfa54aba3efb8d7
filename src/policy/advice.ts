import type { Requirement } from '../domain/policy.ts';
import type { ReasonCode } from '../domain/verdict.ts';

/** What a person can do about an unsatisfied requirement. */
export function adviceFor(code: ReasonCode, requirement: Requirement): string {
  switch (code) {
    case 'SIGNATURE_MISSING':
      return 'Sign the image by its digest (cosign sign IMAGE@DIGEST) in the pipeline that pushes it.';
    case 'PROVENANCE_MISSING':
      return 'Let the build attest its provenance for this digest (on GitHub: actions/attest-build-provenance with push-to-registry).';
    case 'ATTESTATION_MISSING':
      return `Attest it for this digest with the type ${requirement.kind === 'attestation' ? requirement.predicateType : 'the policy asks for'} (cosign attest --type … IMAGE@DIGEST).`;
    case 'SIGNERS_TOO_FEW':
      return 'Let another of the listed signers sign the same digest.';
    case 'SIGNER_NOT_ALLOWED':
      return 'If this signer should be trusted, add it to the policy; if not, find out who pushed the image.';
    case 'SOURCE_MISMATCH':
    case 'REF_MISMATCH':
    case 'BUILDER_MISMATCH':
    case 'TRIGGER_MISMATCH':
    case 'INPUTS_MISMATCH':
      return 'Build the image where and how the policy says; if that has changed on purpose, change the policy.';
    case 'BUILD_TYPE_MISMATCH':
      return 'If this build type is right for the builder, name it in the policy (`buildType:`).';
    case 'PROVENANCE_INCONSISTENT':
      return 'Attest the build again with a builder that writes complete provenance; if you did not build it, find out who did.';
    case 'EVIDENCE_TOO_OLD':
      return 'Make and sign it again for this digest.';
    case 'TIME_UNPROVEN':
      return 'Sign with a transparency log or a timestamp authority, so that the time is proved.';
    case 'ANNOTATION_MISMATCH':
      return 'Sign it with the annotations the policy asks for, if it should have them (cosign sign -a NAME=VALUE IMAGE@DIGEST).';
    case 'CONDITION_FALSE':
    case 'CONDITION_UNDECIDED':
      return 'Look at the attestation (cosign download attestation IMAGE@DIGEST) and at the condition in the policy.';
    case 'SIGNER_UNTRUSTED':
    case 'SIGNER_UNVERIFIABLE':
    case 'LOG_PROOF_INVALID':
    case 'TIMESTAMP_INVALID':
      return 'If a Sigstore instance of your own signs here, name its trust root in the policy (`trust:`); if not, sign again with a current cosign, and if you did not sign it, find out who attached this.';
    case 'MATERIAL_MISMATCH':
      return 'Sign with one of the keys or identities the policy names, or change the policy.';
    case 'EVIDENCE_UNPROCESSABLE':
      return 'Report it to the makers of Lazaret, with the evidence if you may; the image is looked at again by itself.';
    case 'TRUST_ROOT_STALE':
      return 'Let Lazaret reach the repository of its trust root again (`lazaret doctor` says which); the image is looked at again by itself.';
    case 'CERTIFICATE_UNSUITABLE':
      return 'Sign with a certificate that was issued for signing code; if you did not sign it, find out who attached this.';
    case 'KEY_NOT_VALID':
      return 'Sign the image again with a key that is in use; if you did not sign it, find out who attached this.';
    case 'PAYLOAD_TYPE_WRONG':
    case 'STATEMENT_MALFORMED':
      return 'Let a tool that makes statements about software sign it (cosign attest, actions/attest); if you did not sign it, find out who attached this.';
    case 'EVIDENCE_OVER_LIMIT':
      return 'Make it smaller, or raise `evidenceMiB` in the configuration where it is the size; if you did not attach it, find out who did.';
    case 'SUBJECT_MISMATCH':
      return 'Sign this image: the evidence was made for another one and proves nothing here.';
    default:
      return 'Sign the image again with a current cosign; if you did not sign it, find out who attached this.';
  }
}
