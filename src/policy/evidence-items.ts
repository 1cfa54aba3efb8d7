import type { EvidenceRef } from '../domain/evidence.ts';
import type { EvidenceClaim, Finding, VerifiedContent } from '../domain/finding.ts';

/** A finding of evidence that verified. */
export type VerifiedFinding = Finding & { readonly verified: VerifiedContent };

/** One piece of evidence with everything that was found out about it, by all materials it was tried with. */
export interface EvidenceItem {
  readonly ref: EvidenceRef;
  /** What it is: proved where it verified, otherwise what it says. */
  readonly claim: EvidenceClaim;
  readonly findings: readonly Finding[];
  readonly verified: readonly VerifiedFinding[];
}

/** `predicateType` of the statement `cosign sign` writes since version 3 in place of a bare signature. */
const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

/** Puts together what belongs to one piece of evidence, in the order the evidence was found. */
export function groupByEvidence(findings: readonly Finding[]): readonly EvidenceItem[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    // The same bytes in two places of the registry are one proof, and one line of the explanation.
    const group = groups.get(finding.evidence.digest);
    if (group === undefined) groups.set(finding.evidence.digest, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map(toItem);
}

function toItem(findings: readonly Finding[]): EvidenceItem {
  const verified = findings.filter(isVerified);
  const [first] = findings;
  if (first === undefined) throw new TypeError('a group of findings cannot be empty');
  const [proved] = verified;
  const claim = proved === undefined ? first.claim : claimOf(proved.verified);
  return { ref: (proved ?? first).evidence, claim, findings, verified };
}

// Both are asked for: a code without content proves nothing, and neither does content under another code.
function isVerified(finding: Finding): finding is VerifiedFinding {
  return finding.code === 'VERIFIED' && finding.verified !== undefined;
}

function claimOf(content: VerifiedContent): EvidenceClaim {
  if (content.statement === undefined || content.statement.predicateType === COSIGN_SIGN) return { kind: 'signature' };
  return { kind: 'attestation', predicateType: content.statement.predicateType };
}
