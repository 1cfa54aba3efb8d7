// The room `verification/check`: from evidence and material to findings.

import type { EvidenceSet } from '../../domain/evidence.ts';
import type { Finding } from '../../domain/finding.ts';
import { listVouched } from '../read/list-vouched.ts';
import { parseEvidence } from '../read/parse-evidence.ts';
import type { VerificationMaterial, VerificationSubject } from '../read/verification-material.ts';

/**
 * Checks every piece of evidence with every material: one finding for each pair, in the order of the evidence. Never
 * throws, whatever the bytes; the same arguments give the same findings on any machine.
 */
export function verifyEvidence(
  set: EvidenceSet,
  subject: VerificationSubject,
  materials: readonly VerificationMaterial[],
  now: Date,
): readonly Finding[] {
  return set.items.flatMap((item) => {
    const reading = parseEvidence(item);
    const { vouches } = item;
    if (vouches === undefined) return materials.map((material) => material.verifyRead(reading, subject, now));
    const about = { digest: vouches.by, manifest: vouches.manifest };
    return materials.flatMap((material) =>
      listVouched(material.verifyRead(reading, about, now), vouches, subject.digest),
    );
  });
}
