import type { Finding, FindingCode } from '../../src/domain/finding.ts';
import type { ImagePolicy, PolicySet } from '../../src/domain/policy.ts';
import { SLSA_PROVENANCE_V1, SLSA_PROVENANCE_V02 } from '../../src/domain/slsa-provenance.ts';
import type { ReasonCode, Verdict } from '../../src/domain/verdict.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import {
  attestationBy,
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
  refused,
  signatureBy,
  verified,
} from './findings.ts';
import { githubClaims, SOURCE, slsa1, slsa02, tekton1 } from './provenance.ts';

const WORKFLOWS = `${SOURCE}/.github/workflows`;
const RELEASED = pattern(`${WORKFLOWS}/release.yml@refs/tags/v.*`);
const BY_WORKFLOW = [identityRule(RELEASED)];
const BY_TEAM = ['alice', 'bob', 'carol'].map(keyRule);
const SBOM = 'https://cyclonedx.org/bom';

interface Situation {
  readonly policies: readonly ImagePolicy[];
  readonly findings: readonly Finding[];
  readonly cutShort?: string;
  readonly noMatch?: PolicySet['noMatch'];
}

function released(predicate: Parameters<typeof slsa1>[0] = {}): Finding {
  const signer = certificate(`${WORKFLOWS}/release.yml@refs/tags/v1.4.2`);
  return verified({ signer, predicateType: SLSA_PROVENANCE_V1, predicate: slsa1(predicate) });
}

function built(more: Parameters<typeof provenanceBy>[1], finding: Finding): Situation {
  return { policies: [policyOf([provenanceBy(BY_WORKFLOW, more)])], findings: [finding] };
}

function unverified(code: Exclude<FindingCode, 'VERIFIED'>, message: string): Situation {
  return { policies: [policyOf([signatureBy(BY_WORKFLOW)])], findings: [refused(code, { message })] };
}

function sbom(
  more: Parameters<typeof attestationBy>[1],
  finding: Partial<Parameters<typeof verified>[0]> = {},
): Situation {
  const signed = verified({
    signer: keySigner('alice'),
    predicateType: SBOM,
    predicate: { components: [] },
    ...finding,
  });
  return { policies: [policyOf([attestationBy([keyRule('alice')], more)])], findings: [signed] };
}

/** One situation for each reason code a verdict of the policy can carry, and the verdict on it. */
export const SITUATIONS: Readonly<Partial<Record<ReasonCode, Situation>>> = {
  SATISFIED: {
    policies: [policyOf([provenanceBy(BY_WORKFLOW, { source: { repository: SOURCE } })])],
    findings: [released()],
  },
  SIGNATURE_MISSING: { policies: [policyOf([signatureBy(BY_WORKFLOW)])], findings: [] },
  PROVENANCE_MISSING: {
    policies: [policyOf([provenanceBy(BY_WORKFLOW, { source: { repository: SOURCE, ref: 'refs/tags/v*' } })])],
    findings: [verified({ signer: keySigner('alice'), predicateType: SBOM })],
  },
  ATTESTATION_MISSING: sbom({}, { predicateType: 'https://spdx.dev/Document' }),
  SIGNERS_TOO_FEW: {
    policies: [policyOf([signatureBy(BY_TEAM, { atLeast: 2, name: 'approved by two of three' })])],
    findings: [verified({ signer: keySigner('bob') })],
  },
  SIGNER_NOT_ALLOWED: {
    policies: [policyOf([provenanceBy(BY_WORKFLOW)])],
    findings: [
      verified({
        signer: certificate(`${WORKFLOWS}/ci.yml@refs/heads/main`),
        predicateType: SLSA_PROVENANCE_V1,
        predicate: slsa1(),
      }),
    ],
  },
  SOURCE_MISMATCH: built(
    { source: { repository: SOURCE } },
    released({ source: 'git+https://github.com/evil/app@refs/tags/v1.4.2' }),
  ),
  SOURCE_UNTOLD: built(
    { source: { repository: SOURCE } },
    verified({
      signer: certificate(`${WORKFLOWS}/release.yml@refs/tags/v1.4.2`),
      predicateType: SLSA_PROVENANCE_V1,
      predicate: tekton1([{ name: 'pipeline', repository: SOURCE }]),
    }),
  ),
  REF_MISMATCH: built(
    { source: { repository: SOURCE, ref: 'refs/tags/v*' } },
    released({ source: `git+${SOURCE}@refs/heads/main` }),
  ),
  BUILDER_MISMATCH: built({ builder: 'https://github.com/actions/runner/self-hosted' }, released()),
  BUILD_TYPE_MISMATCH: built({}, released({ buildType: 'https://evil.example/build' })),
  TRIGGER_MISMATCH: built({ trigger: 'release' }, released()),
  INPUTS_MISMATCH: {
    policies: [policyOf([provenanceBy(BY_WORKFLOW, { inputs: { environment: 'prod' } })])],
    findings: [
      verified({
        signer: certificate(`${WORKFLOWS}/release.yml@refs/tags/v1.4.2`),
        predicateType: SLSA_PROVENANCE_V02,
        predicate: slsa02({
          builder: 'https://github.com/actions/runner/github-hosted',
          environment: {
            github_event_name: 'workflow_dispatch',
            github_event_payload: { inputs: { environment: 'dev' } },
          },
        }),
      }),
    ],
  },
  PROVENANCE_INCONSISTENT: built(
    {},
    verified({
      signer: certificate(`${WORKFLOWS}/release.yml@refs/tags/v1.4.2`, { claims: githubClaims() }),
      predicateType: SLSA_PROVENANCE_V1,
      predicate: slsa1({ source: 'git+https://github.com/evil/app@refs/tags/v1.4.2' }),
    }),
  ),
  EVIDENCE_TOO_OLD: sbom({ maxAgeMs: 30 * 86_400_000 }, { signedAt: ['2026-08-01T00:00:00Z'] }),
  TIME_UNPROVEN: sbom({ maxAgeMs: 30 * 86_400_000 }, { signedAt: [] }),
  ANNOTATION_MISMATCH: {
    policies: [
      policyOf([
        signatureBy(BY_TEAM, { annotations: { stage: { kind: 'exact', text: 'prod' }, build: pattern('[0-9]+') } }),
      ]),
    ],
    findings: [verified({ signer: keySigner('alice'), annotations: { stage: 'dev', build: '7' } })],
  },
  CONDITION_FALSE: sbom({ where: 'predicate.components.size() > 0' }),
  CONDITION_UNDECIDED: sbom({ where: 'predicate.packages.size() > 0' }),
  DENIED_BY_POLICY: {
    policies: [policyOf([], { alternatives: [{ name: 'nobody', require: [], denied: 'end of life' }] })],
    findings: [],
  },
  NO_POLICY: { policies: [], findings: [] },
  LOOK_CUT_SHORT: {
    policies: [policyOf([signatureBy(BY_WORKFLOW)])],
    findings: [],
    cutShort: 'more than 1,000 referrers',
  },
  SIGNATURE_INVALID: unverified('SIGNATURE_INVALID', 'The signature does not fit what was signed.'),
  SIGNER_UNVERIFIABLE: unverified('SIGNER_UNVERIFIABLE', 'The certificate of the signer cannot be verified.'),
  TRUST_ROOT_STALE: unverified(
    'TRUST_ROOT_STALE',
    'The signature is recorded in a log that is not trusted here. But that may be new: the trust root "sigstore" is out of date (it was last refreshed from tuf.example.com on 2026-11-20).',
  ),
  SIGNER_UNTRUSTED: unverified('SIGNER_UNTRUSTED', 'Nobody this trust root knows vouches for the signer.'),
  CERTIFICATE_UNSUITABLE: unverified('CERTIFICATE_UNSUITABLE', 'The certificate is not meant for signing code.'),
  KEY_NOT_VALID: unverified('KEY_NOT_VALID', 'The key was not valid when this was signed.'),
  LOG_PROOF_INVALID: unverified('LOG_PROOF_INVALID', 'The public log does not vouch for the signature.'),
  LOG_ENTRY_MISMATCH: unverified('LOG_ENTRY_MISMATCH', 'The entry in the public log is about another signature.'),
  TIMESTAMP_INVALID: unverified('TIMESTAMP_INVALID', 'The timestamp does not belong to the signature.'),
  SUBJECT_MISMATCH: unverified('SUBJECT_MISMATCH', 'It was signed for another image.'),
  PAYLOAD_TYPE_WRONG: unverified('PAYLOAD_TYPE_WRONG', 'What was signed is not a statement about software.'),
  STATEMENT_MALFORMED: unverified('STATEMENT_MALFORMED', 'The signed statement cannot be read.'),
  MATERIAL_MISMATCH: unverified('MATERIAL_MISMATCH', 'It was signed with a key, and a certificate is asked for.'),
  EVIDENCE_MALFORMED: unverified('EVIDENCE_MALFORMED', 'The evidence cannot be read: its format is broken.'),
  EVIDENCE_UNSUPPORTED: unverified(
    'EVIDENCE_UNSUPPORTED',
    'The evidence is not a Sigstore bundle of a version we know.',
  ),
  EVIDENCE_OVER_LIMIT: unverified(
    'EVIDENCE_OVER_LIMIT',
    'The evidence was not examined because it holds too much: bytes.',
  ),
  EVIDENCE_ABSENT: unverified(
    'EVIDENCE_ABSENT',
    'The evidence is not there: the registry does not have the manifest that its list names.',
  ),
  EVIDENCE_UNPROCESSABLE: unverified('EVIDENCE_UNPROCESSABLE', 'Checking the evidence ended unexpectedly.'),
};

export function verdictOn(situation: Situation): Verdict {
  const { policies, findings, cutShort, noMatch = 'alert' } = situation;
  return judge({
    policies,
    noMatch,
    image: IMAGE,
    digest: DIGEST,
    findings,
    now: NOW,
    ...(cutShort !== undefined && { cutShort }),
  });
}
