import type { CertificateClaims } from '../../src/domain/finding.ts';
import type { SourceRule } from '../../src/domain/policy.ts';
import { SLSA_PROVENANCE_V1 } from '../../src/domain/slsa-provenance.ts';
import type { EvidenceTried } from '../../src/domain/verdict.ts';
import type { JsonObject } from '../../src/kit/json.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import {
  certificate,
  DIGEST,
  IMAGE,
  identityRule,
  keyRule,
  keySigner,
  NOW,
  pattern,
  policyOf,
  provenanceBy,
  verified,
} from './findings.ts';

const ISSUER = 'https://issuer.acme.example';

/**
 * What becomes of provenance, signed with a key or, where claims are given, by a certificate that holds them, that must
 * be of this source.
 */
export function judgeSource(
  source: SourceRule | undefined,
  predicate: JsonObject,
  { predicateType = SLSA_PROVENANCE_V1, claims }: { predicateType?: string; claims?: CertificateClaims } = {},
): EvidenceTried {
  const signer =
    claims === undefined ? keySigner('ci') : certificate('https://ci.acme.example/x', { issuer: ISSUER, claims });
  const of = [keyRule('ci'), identityRule(pattern('https://ci.acme.example/.*'), ISSUER)];
  const { requirements } = judge({
    policies: [policyOf([provenanceBy(of, source === undefined ? {} : { source })])],
    noMatch: 'alert',
    image: IMAGE,
    digest: DIGEST,
    findings: [verified({ signer, predicateType, predicate })],
    now: NOW,
  });
  const tried = requirements[0]?.evidence[0];
  if (tried === undefined) throw new TypeError('one piece of evidence was tried');
  return tried;
}

/** Its code alone; `pass` where it counts. */
export function codeOfSource(...args: Parameters<typeof judgeSource>): string {
  const { counted, code } = judgeSource(...args);
  return counted ? 'pass' : code;
}
