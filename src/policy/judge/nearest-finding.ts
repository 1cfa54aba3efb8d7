import type { Finding, FindingCode } from '../../domain/finding.ts';

/**
 * How near a piece came to verifying; the nearest is the one worth talking about. Evidence is compared with the image
 * before any signature is checked, and anybody can attach evidence about another image; so that is further away than a
 * signature that fails.
 */
const STAGES: Readonly<Record<FindingCode, number>> = {
  MATERIAL_MISMATCH: 0,
  EVIDENCE_UNSUPPORTED: 10,
  EVIDENCE_OVER_LIMIT: 10,
  EVIDENCE_MALFORMED: 10,
  EVIDENCE_ABSENT: 10,
  EVIDENCE_UNPROCESSABLE: 10,
  TRUST_ROOT_STALE: 10,
  PAYLOAD_TYPE_WRONG: 15,
  STATEMENT_MALFORMED: 15,
  SUBJECT_MISMATCH: 15,
  SIGNER_UNTRUSTED: 20,
  SIGNER_UNVERIFIABLE: 30,
  SIGNATURE_INVALID: 40,
  CERTIFICATE_UNSUITABLE: 50,
  KEY_NOT_VALID: 50,
  LOG_PROOF_INVALID: 60,
  LOG_ENTRY_MISMATCH: 60,
  TIMESTAMP_INVALID: 60,
  TIME_UNPROVEN: 60,
  VERIFIED: 0,
};

/** Evidence that the key did sign is nearer than any that it did not. */
export function nearnessOf({ code, isSigned }: Finding): number {
  return (STAGES[code] + (isSigned ? 40 : 0)) / 100;
}

/** The one worth talking about: the first of the nearest. @throws {TypeError} if there is none: a defect of ours */
export function nearestOf(findings: readonly Finding[]): Finding {
  return findings.reduce((best, finding) => (nearnessOf(finding) > nearnessOf(best) ? finding : best));
}
