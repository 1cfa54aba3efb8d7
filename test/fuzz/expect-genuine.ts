import assert from 'node:assert/strict';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { VerificationMaterial, VerificationSubject } from '../../src/verification/read/verification-material.ts';
import { assertShort } from './expect-error.ts';

const NOW = new Date('2026-11-24T12:00:00Z');

export interface Genuine {
  readonly materials: readonly VerificationMaterial[];
  readonly subject: VerificationSubject;
  /** Evidence that verifies, or not, as it was recorded. */
  readonly recorded: readonly Evidence[];
}

/**
 * Checks evidence as the pipeline does. Whatever was changed in it, what verifies says word for word what was signed:
 * who signed, what about, with which notes. And no error is one that nobody foresaw.
 */
export function createGenuineCheck({ materials, subject, recorded }: Genuine): (evidence: Evidence) => void {
  const findings = (evidence: Evidence) => materials.map((material) => material.verify(evidence, subject, NOW));
  const signed = new Set(recorded.flatMap(findings).flatMap(whatIsVerified));
  return (evidence) => {
    for (const finding of findings(evidence)) {
      assert.notEqual(finding.code, 'EVIDENCE_UNPROCESSABLE', finding.message);
      assertShort({ ...finding, verified: undefined });
      for (const said of whatIsVerified(finding)) assert.ok(signed.has(said), `verified what nobody signed: ${said}`);
    }
  };
}

function whatIsVerified({ material, verified }: Finding): readonly string[] {
  if (verified === undefined) return [];
  const { signer, statement, annotations } = verified;
  return [JSON.stringify({ material, signer, statement, annotations })];
}
