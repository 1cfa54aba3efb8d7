import type { VerifyReport } from '../../../src/cli/verify/verify-report.ts';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import type { EvidencePlace } from '../../../src/domain/evidence.ts';
import type { ImagePolicy } from '../../../src/domain/policy.ts';
import type { EvidenceTried, Outcome, ReasonCode, RequirementResult, Verdict } from '../../../src/domain/verdict.ts';

const REPOSITORY = 'registry.example.com/acme/app';
const WORKFLOW = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v.*';
const RELEASE = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.4.2';
const STRANGER = 'https://github.com/mallory/app/.github/workflows/release.yml@refs/tags/v1.4.2';

/** A policy that covers everything of acme. */
export const POLICY: ImagePolicy = {
  name: 'acme-apps',
  file: 'acme.yaml',
  images: ['registry.example.com/acme/**'],
  graceMs: 900_000,
  onFailure: 'quarantine',
  platforms: 'index',
  require: [],
};

const digest: Digest = digestOf(Buffer.from('image'));

/** One piece of evidence with what became of it. */
export function tried(code: ReasonCode, message: string, more: Partial<EvidenceTried> = {}): EvidenceTried {
  const place: EvidencePlace = 'referrer';
  return {
    evidence: { digest: digestOf(Buffer.from(message)), place },
    counted: code === 'SATISFIED',
    code,
    message,
    ...more,
  };
}

/** What became of the requirement of provenance. */
export function built(code: ReasonCode, found: string, evidence: readonly EvidenceTried[]): RequirementResult {
  return {
    policy: 'acme-apps',
    name: 'built by our release workflow',
    satisfied: code === 'SATISFIED',
    code,
    expected: `provenance signed by ${WORKFLOW}, built from https://github.com/acme/app`,
    found,
    advice: code === 'SATISFIED' ? '' : 'Let the build attest its provenance for this digest.',
    evidence,
  };
}

function approved(code: ReasonCode, found: string, evidence: readonly EvidenceTried[]): RequirementResult {
  return {
    ...built(code, found, evidence),
    name: 'approved by two',
    expected: 'signatures by at least 2 of these: the key keys/alice.pub, the key keys/bob.pub',
    advice: code === 'SATISFIED' ? '' : 'Let another of the listed signers sign the same digest.',
  };
}

/** A report with this verdict. */
export function reportOf(
  outcome: Outcome,
  verdict: Pick<Verdict, 'code' | 'reason'> & Partial<Verdict>,
  more: Partial<VerifyReport> = {},
): VerifyReport {
  return {
    image: `${REPOSITORY}:v1.4.2@${digest}`,
    digest,
    verdict: { outcome, policies: ['acme-apps'], onFailure: 'quarantine', graceMs: 0, requirements: [], ...verdict },
    checkedAt: new Date('2026-11-24T09:00:00Z'),
    ...more,
  };
}

const proof = tried('SATISFIED', `Signed by ${RELEASE}.`, { found: RELEASE });
const byStranger = tried('SIGNER_NOT_ALLOWED', `It is signed by ${STRANGER}; the policy wants ${WORKFLOW}.`, {
  expected: WORKFLOW,
  found: STRANGER,
});
const garbage = tried('EVIDENCE_MALFORMED', 'It is not a Sigstore bundle.', {
  evidence: { digest: digestOf(Buffer.from('garbage')), place: 'attestation-tag' },
  found: '<html>',
});
const byAlice = tried('SATISFIED', 'Signed by the key keys/alice.pub.', { found: 'the key keys/alice.pub' });

/** What people see in each of the outcomes. */
export const REPORTS: Readonly<Record<string, VerifyReport>> = {
  'an image that passes, with bad extras beside the good evidence': reportOf('pass', {
    code: 'SATISFIED',
    reason: 'Everything that the policy "acme-apps" asks for is proved.',
    requirements: [built('SATISFIED', RELEASE, [garbage, byStranger, proof])],
  }),
  'an unsigned image': reportOf('fail-missing', {
    code: 'PROVENANCE_MISSING',
    reason: 'Nothing proves where this image was built.',
    requirements: [built('PROVENANCE_MISSING', 'nothing signed about this image', [])],
  }),
  'an image signed by a stranger': reportOf('fail-evidence', {
    code: 'SIGNER_NOT_ALLOWED',
    reason: `What is attached to this image does not prove "built by our release workflow": it is signed by ${STRANGER}.`,
    requirements: [built('SIGNER_NOT_ALLOWED', byStranger.message, [byStranger])],
  }),
  'one signature of two': reportOf('fail-missing', {
    code: 'SIGNERS_TOO_FEW',
    reason: 'Too few have signed this image.',
    requirements: [
      built('SATISFIED', RELEASE, [proof]),
      approved('SIGNERS_TOO_FEW', '1 of 2: the key keys/alice.pub', [byAlice]),
    ],
  }),
  'a look cut short': reportOf('rejected-input', {
    code: 'LOOK_CUT_SHORT',
    reason: 'There is more attached to this image than the limits allow (more than 1,000 referrers).',
    requirements: [built('PROVENANCE_MISSING', 'nothing signed about this image', [])],
  }),
  'a registry that does not answer': reportOf(
    'indeterminate',
    {
      code: 'COULD_NOT_TELL',
      reason: 'Lazaret could not check this image (REGISTRY_TIMEOUT): registry.example.com did not answer in 20 s.',
    },
    { image: `${REPOSITORY}:v1.4.2`, digest: null },
  ),
};
