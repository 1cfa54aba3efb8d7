import { COSIGN_SIGN } from '../../domain/cosign-sign.ts';
import type { EvidenceRef } from '../../domain/evidence.ts';
import type { EvidenceClaim, Finding, VerifiedContent } from '../../domain/finding.ts';
import { nearestOf } from './nearest-finding.ts';

/** A finding of evidence that verified. */
export type VerifiedFinding = Finding & { readonly verified: VerifiedContent };

/** One piece of evidence with everything that was found out about it, by all materials it was tried with: a thousand maybe. */
export interface EvidenceItem {
  readonly ref: EvidenceRef;
  /** What it is: proved where it verified, otherwise what it says. */
  readonly claim: EvidenceClaim;
  readonly findings: readonly Finding[];
  readonly verified: readonly VerifiedFinding[];
  /** The findings by material, each with its place. */
  readonly byMaterial: ReadonlyMap<string, readonly PlacedFinding[]>;
  /** The one worth talking about. */
  readonly nearest: Finding;
  /** One that tells that it was not read, if any. */
  readonly unread: Finding | undefined;
}

interface PlacedFinding {
  readonly at: number;
  readonly finding: Finding;
}

/** What was found out about a piece by these materials, in the order in which it was: without looking at all others. */
export function findingsBy(materials: readonly string[], { byMaterial }: EvidenceItem): readonly Finding[] {
  const placed = [...new Set(materials)].flatMap((material) => byMaterial.get(material) ?? []);
  return placed.sort((a, b) => a.at - b.at).map(({ finding }) => finding);
}

/**
 * Puts together what belongs to one piece of evidence, in the order the evidence was found. The same bytes in two
 * places of the registry are one proof, and one line of the explanation; but only as long as both are read as the same
 * kind of evidence: a stranger can build a file that is both an allowed signer's attestation and a signature of his
 * own.
 */
export function groupByEvidence(findings: readonly Finding[]): readonly EvidenceItem[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { kind, predicateType } = { predicateType: '', ...claimOf(finding) };
    const key = `${finding.evidence.digest} ${kind} ${predicateType}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map(toItem);
}

function toItem(findings: readonly Finding[]): EvidenceItem {
  const verified = findings.filter(isVerified);
  const [first] = findings;
  if (first === undefined) throw new TypeError('a group of findings cannot be empty');
  const [proved] = verified;
  return {
    ref: (proved ?? first).evidence,
    claim: claimOf(first),
    findings,
    verified,
    byMaterial: Map.groupBy(
      findings.map((finding, at) => ({ at, finding })),
      ({ finding }) => finding.material,
    ),
    nearest: nearestOf(findings),
    unread: findings.find(({ claimIsAnnounced }) => claimIsAnnounced === true),
  };
}

// Code and content are both required: neither proves anything without the other.
function isVerified(finding: Finding): finding is VerifiedFinding {
  return finding.code === 'VERIFIED' && finding.verified !== undefined;
}

function claimOf(finding: Finding): EvidenceClaim {
  if (!isVerified(finding)) return finding.claim;
  const { statement } = finding.verified;
  if (statement === undefined || statement.predicateType === COSIGN_SIGN) return { kind: 'signature' };
  return { kind: 'attestation', predicateType: statement.predicateType };
}
