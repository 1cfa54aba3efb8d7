import { storableJson } from '../../kit/storable-json.ts';
import { judge } from '../../policy/judge/judge.ts';
import type { EvidenceJudge, EvidenceJudgement, EvidenceQuestion } from '../../ports/evidence-judge.ts';
import { verifyEvidence } from '../../verification/check/verify-evidence.ts';
import type { VerificationMaterial } from '../../verification/read/verification-material.ts';
import type { MaterialStore } from './material-store.ts';

/** From evidence to findings and verdict. Pure: the same question and materials give the same on any machine. */
export function verifyAndJudge(
  { evidence, manifest, image, inForce, policies, now }: EvidenceQuestion,
  materials: readonly VerificationMaterial[],
): EvidenceJudgement {
  const digest = evidence.subject;
  const findings = verifyEvidence(evidence, { digest, manifest }, materials, now);
  const verdict = judge({
    policies,
    noMatch: inForce.noMatch,
    image,
    digest,
    findings,
    ...(evidence.cutShort !== undefined && { cutShort: evidence.cutShort }),
    now,
  });
  return { findings: storableJson(findings), verdict };
}

/** Judges in the calling thread, which hostile evidence may then hold up: for commands that judge one image. */
export function createLocalJudge({ materialsFor }: MaterialStore): EvidenceJudge {
  return { judge: async (question) => verifyAndJudge(question, await materialsFor(question.policies)) };
}
