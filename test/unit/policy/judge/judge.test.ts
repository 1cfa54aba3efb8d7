import { describe, expect, it } from 'vitest';
import type { EvidenceClaim, Finding } from '../../../../src/domain/finding.ts';
import { type ImagePolicy, keyMaterialId, type Requirement } from '../../../../src/domain/policy.ts';
import type { Verdict } from '../../../../src/domain/verdict.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
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
  RELEASE,
  refused,
  signatureBy,
  verified,
} from '../../../support/findings.ts';
import { slsa1 } from '../../../support/provenance.ts';

const SLSA1 = 'https://slsa.dev/provenance/v1';
const SBOM = 'https://cyclonedx.org/bom';

function judged(policies: readonly ImagePolicy[], findings: readonly Finding[], cutShort?: string): Verdict {
  return judge({
    policies,
    noMatch: 'alert',
    image: IMAGE,
    digest: DIGEST,
    findings,
    now: NOW,
    ...(cutShort && { cutShort }),
  });
}

function outcomeOf(require: readonly Requirement[], findings: readonly Finding[], cutShort?: string): string {
  const { outcome, code } = judged([policyOf(require)], findings, cutShort);
  return `${outcome} ${code}`;
}

const BY_RELEASE = [identityRule(RELEASE)];
const SIGNED = signatureBy(BY_RELEASE);
const GOOD = verified({ signer: certificate() });
const STRANGER = verified({
  signer: certificate('https://github.com/evil/app/.github/workflows/x.yml@refs/heads/main'),
});

describe('the five outcomes', () => {
  it('passes an image whose every requirement is satisfied', () => {
    const sbom = verified({ signer: certificate(), predicateType: SBOM });
    expect(outcomeOf([SIGNED, attestationBy(BY_RELEASE)], [GOOD, sbom])).toBe('pass SATISFIED');
  });

  it('fails for missing evidence when there is none at all', () => {
    expect(outcomeOf([SIGNED], [])).toBe('fail-missing SIGNATURE_MISSING');
    expect(outcomeOf([provenanceBy(BY_RELEASE)], [])).toBe('fail-missing PROVENANCE_MISSING');
    expect(outcomeOf([attestationBy(BY_RELEASE)], [])).toBe('fail-missing ATTESTATION_MISSING');
  });

  it('fails for its evidence when all of it is by signers who are not allowed', () => {
    expect(outcomeOf([SIGNED], [STRANGER])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });

  it('fails for its evidence when all of it is invalid', () => {
    expect(outcomeOf([SIGNED], [refused('SIGNATURE_INVALID')])).toBe('fail-evidence SIGNATURE_INVALID');
  });

  it('says that it was cut short only when what was seen does not satisfy', () => {
    expect(outcomeOf([SIGNED], [STRANGER], 'more than 1,000 referrers')).toBe('rejected-input LOOK_CUT_SHORT');
    expect(outcomeOf([SIGNED], [], 'more than 1,000 referrers')).toBe('rejected-input LOOK_CUT_SHORT');
    expect(outcomeOf([SIGNED], [GOOD], 'more than 1,000 referrers')).toBe('pass SATISFIED');
  });

  it('fails for its evidence before it fails for what is missing', () => {
    expect(outcomeOf([attestationBy(BY_RELEASE), SIGNED], [STRANGER])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });
});

describe('evidence of another kind (DESIGN: missing, not failed)', () => {
  it('is missing: an SBOM where provenance is asked for', () => {
    const sbom = verified({ signer: certificate(), predicateType: SBOM });
    expect(outcomeOf([provenanceBy(BY_RELEASE)], [sbom])).toBe('fail-missing PROVENANCE_MISSING');
  });

  it('is missing although it is invalid: a broken SBOM proves nothing about a signature either way', () => {
    const claim = { kind: 'attestation', predicateType: SBOM } as const;
    expect(outcomeOf([SIGNED], [refused('SIGNATURE_INVALID', { claim })])).toBe('fail-missing SIGNATURE_MISSING');
  });

  it('W5: is missing with "has X, needs Y": an attestation of another type, or of another version of the type', () => {
    const v02 = verified({ signer: certificate(), predicateType: 'https://cyclonedx.org/bom/v1.4' });
    const [result] = judged([policyOf([attestationBy(BY_RELEASE)])], [v02]).requirements;
    expect(result?.code).toBe('ATTESTATION_MISSING');
    expect(result?.found).toContain('https://cyclonedx.org/bom/v1.4');
    expect(result?.expected).toContain('https://cyclonedx.org/bom');
  });

  it('W5: is missing: an attestation does not count as a signature, whoever signed it', () => {
    const other = verified({ signer: certificate(), predicateType: 'https://example.com/anything/v1' });
    expect(outcomeOf([SIGNED], [other])).toBe('fail-missing SIGNATURE_MISSING');
  });

  it('takes the statement that cosign 3 signs images with for the signature it is', () => {
    const signed = verified({ signer: certificate(), predicateType: 'https://sigstore.dev/cosign/sign/v1' });
    expect(outcomeOf([SIGNED], [signed])).toBe('pass SATISFIED');
  });
});

describe('evidence that another requirement asks for', () => {
  const [build, release] = [keyRule('build'), keyRule('release')];
  const byBuild = verified({ signer: keySigner('build'), piece: 'build' });
  const withRelease = refused('SIGNATURE_INVALID', { piece: 'build', material: 'key:release' });
  const two = [signatureBy([build], { name: 'built' }), signatureBy([release], { name: 'released' })];

  it('leaves this one missing: the first of two required signers says nothing about the second', () => {
    expect(outcomeOf(two, [byBuild, withRelease])).toBe('fail-missing SIGNATURE_MISSING');
    const { reason, requirements } = judged([policyOf(two)], [byBuild, withRelease]);
    expect(reason).toBe(
      'A signature of this image is missing: "released" (the policy "acme-apps") asks for a signature by the key keys/release.pub; there is only evidence for another requirement: it is signed by the key keys/build.pub, as "built" asks; this requirement wants the key keys/release.pub.',
    );
    expect(requirements.map(({ satisfied }) => satisfied)).toEqual([true, false]);
  });

  it('leaves it missing, too, where another policy of the image names the signer', () => {
    const policies = two.map((requirement) => policyOf([requirement], { name: requirement.name }));
    expect(judged(policies, [byBuild, withRelease]).outcome).toBe('fail-missing');
  });

  it('leaves it missing where both name the signer and ask for something else of the signature', () => {
    const stages = ['staging', 'production'].map((stage) =>
      signatureBy([build], { name: stage, annotations: { stage: { kind: 'exact', text: stage } } }),
    );
    const staged = verified({ signer: keySigner('build'), annotations: { stage: 'staging' } });
    expect(outcomeOf(stages, [staged])).toBe('fail-missing SIGNATURE_MISSING');
    const neither = verified({ signer: keySigner('build'), annotations: { stage: 'test' } });
    expect(outcomeOf(stages, [neither])).toBe('fail-evidence ANNOTATION_MISMATCH');
  });

  it('does not excuse a stranger, a forgery, or who is named for evidence of another kind', () => {
    expect(outcomeOf(two, [verified({ signer: keySigner('mallory') })])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
    expect(outcomeOf(two, [byBuild, refused('SIGNATURE_INVALID', { material: 'key:release' })])).toBe(
      'fail-evidence SIGNATURE_INVALID',
    );
    const ofOtherKind = [attestationBy([build]), signatureBy([release])];
    expect(outcomeOf(ofOtherKind, [byBuild])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });
});

describe('evidence that cannot be read', () => {
  const garbage = refused('EVIDENCE_MALFORMED', { claim: { kind: 'unknown' } });

  it('counts as invalid evidence of every kind, so that garbage cannot keep an unsigned image out of quarantine', () => {
    expect(outcomeOf([SIGNED], [garbage])).toBe('fail-evidence EVIDENCE_MALFORMED');
    expect(outcomeOf([provenanceBy(BY_RELEASE)], [garbage])).toBe('fail-evidence EVIDENCE_MALFORMED');
  });

  it('is missing, not failed, where it announces another kind: a bill of materials over the limit', () => {
    const announced = (claim: EvidenceClaim): Finding => ({
      ...refused('EVIDENCE_OVER_LIMIT', { claim, message: 'The evidence was not examined: it takes 99 bytes.' }),
      claimIsAnnounced: true,
    });
    const large = announced({ kind: 'attestation', predicateType: SBOM });
    expect(outcomeOf([SIGNED], [large])).toBe('fail-missing SIGNATURE_MISSING');
    expect(outcomeOf([provenanceBy(BY_RELEASE)], [large])).toBe('fail-missing PROVENANCE_MISSING');
    expect(outcomeOf([attestationBy(BY_RELEASE)], [large])).toBe('fail-evidence EVIDENCE_OVER_LIMIT');
    const untyped = announced({ kind: 'attestation' });
    expect(outcomeOf([SIGNED], [untyped])).toBe('fail-missing SIGNATURE_MISSING');
    expect(outcomeOf([provenanceBy(BY_RELEASE)], [untyped])).toBe('fail-evidence EVIDENCE_OVER_LIMIT');
    const document = announced({ kind: 'artifact', artifactType: 'application/spdx+json' });
    expect(outcomeOf([attestationBy(BY_RELEASE)], [document])).toBe('fail-missing ATTESTATION_MISSING');
    expect(judged([policyOf([SIGNED])], [large]).requirements[0]?.evidence).toMatchObject([
      {
        code: 'EVIDENCE_OVER_LIMIT',
        message:
          'It says that it is an attestation of type https://cyclonedx.org/bom, and this requirement asks for a signature. The evidence was not examined: it takes 99 bytes.',
      },
    ]);
  });

  it('E2, C9: never lowers a pass, however much of it there is', () => {
    const spam = Array.from({ length: 50 }, (_, index) => [
      refused('EVIDENCE_OVER_LIMIT', { claim: { kind: 'unknown' }, piece: `spam ${index}` }),
      refused('SIGNATURE_INVALID', { piece: `bad ${index}` }),
      verified({ signer: certificate('https://github.com/evil/x'), piece: `stranger ${index}` }),
    ]).flat();
    expect(outcomeOf([SIGNED], [...spam, GOOD])).toBe('pass SATISFIED');
    expect(outcomeOf([SIGNED], [GOOD, ...spam])).toBe('pass SATISFIED');
  });
});

describe('evidence that fails by a trust root that is out of date', () => {
  const STALE = refused('TRUST_ROOT_STALE');

  it('leaves the outcome open, and says so', () => {
    expect(outcomeOf([SIGNED], [STALE])).toBe('indeterminate TRUST_ROOT_STALE');
    expect(outcomeOf([SIGNED], [STRANGER, STALE])).toBe('indeterminate TRUST_ROOT_STALE');
  });

  it('does not lower a pass', () => {
    expect(outcomeOf([SIGNED], [STALE, GOOD])).toBe('pass SATISFIED');
  });
});

describe('evidence that an error of ours kept from being checked', () => {
  const UNCHECKED = refused('EVIDENCE_UNPROCESSABLE');
  const SBOM_BY_US = attestationBy(BY_RELEASE);

  it('leaves the outcome open: it might have been good, so nothing is done in the registry', () => {
    expect(outcomeOf([SIGNED], [UNCHECKED])).toBe('indeterminate EVIDENCE_UNPROCESSABLE');
    expect(outcomeOf([SIGNED], [STRANGER, UNCHECKED])).toBe('indeterminate EVIDENCE_UNPROCESSABLE');
    expect(outcomeOf([SIGNED], [UNCHECKED], 'too many')).toBe('indeterminate EVIDENCE_UNPROCESSABLE');
    expect(outcomeOf([SBOM_BY_US, SIGNED], [UNCHECKED])).toBe('indeterminate EVIDENCE_UNPROCESSABLE');
  });

  it('leaves it open although other material refused the same piece', () => {
    const byKey = { ...refused('MATERIAL_MISMATCH', { material: 'key:1' }), evidence: UNCHECKED.evidence };
    expect(outcomeOf([SIGNED], [byKey, UNCHECKED])).toBe('indeterminate EVIDENCE_UNPROCESSABLE');
  });

  it('leaves it open when one of two required signatures is there', () => {
    const both = signatureBy([...BY_RELEASE, keyRule('alice')], { atLeast: 2 });
    expect(outcomeOf([both], [GOOD, UNCHECKED])).toBe('indeterminate EVIDENCE_UNPROCESSABLE');
  });

  it('leaves an alternative open', () => {
    const alternatives = [
      { name: 'keyless', require: [SIGNED] },
      { name: 'sbom', require: [SBOM_BY_US] },
    ];
    expect(judged([policyOf([], { alternatives })], [UNCHECKED]).outcome).toBe('indeterminate');
  });

  it('does not lower a pass, and says nothing about what it cannot be', () => {
    expect(outcomeOf([SIGNED], [UNCHECKED, GOOD])).toBe('pass SATISFIED');
    expect(outcomeOf([SBOM_BY_US], [UNCHECKED])).toBe('fail-missing ATTESTATION_MISSING');
    const forAnother = refused('EVIDENCE_UNPROCESSABLE', { material: 'key:1', piece: 'SIGNATURE_INVALID' });
    expect(outcomeOf([SIGNED], [forAnother, refused('SIGNATURE_INVALID')])).toBe('fail-evidence SIGNATURE_INVALID');
  });
});

describe('zero evidence and strange findings (no pass by accident)', () => {
  it('gives nothing for a finding that says VERIFIED and holds no content', () => {
    const { verified: _, ...hollow } = GOOD;
    expect(outcomeOf([SIGNED], [hollow])).toBe('indeterminate EVIDENCE_UNPROCESSABLE');
  });

  it('gives nothing for content under a code other than VERIFIED', () => {
    expect(outcomeOf([SIGNED], [{ ...GOOD, code: 'LOG_PROOF_INVALID' }])).toBe('fail-evidence LOG_PROOF_INVALID');
  });

  it('W9: a key does not stand in for an identity, nor an identity for a key', () => {
    expect(outcomeOf([SIGNED], [verified({ signer: keySigner('alice') })])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
    expect(outcomeOf([signatureBy([keyRule('alice')])], [GOOD])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });

  it('one trust root does not vouch for another: equal names under another root are another signer', () => {
    const foreign = verified({ signer: certificate(RELEASE, { trust: 'acme' }) });
    expect(outcomeOf([SIGNED], [foreign])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });

  it('W2: the issuer must match as well as the subject', () => {
    const elsewhere = verified({ signer: certificate(RELEASE, { issuer: 'https://accounts.evil.example' }) });
    expect(outcomeOf([SIGNED], [elsewhere])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });
});

describe('what an image has in place of what is asked for', () => {
  it('is shown by a few of its pieces, and counted beyond', () => {
    const types = ['a', 'b', 'c', 'd', 'e'].map((name) => `https://example.test/${name}`);
    const findings = types.map((predicateType) => verified({ signer: certificate(), predicateType }));
    const [result] = judged([policyOf([SIGNED])], findings).requirements;
    expect(result?.found).toMatch(/^no signature; the image has .*example\.test\/a.*, .* and 2 more$/);
  });

  it('is shown by three names of a certificate that has many', () => {
    const many = verified({
      signer: certificate(['a', 'b', 'c', 'd', 'e'].map((name) => `https://evil.example/${name}`)),
    });
    const [result] = judged([policyOf([SIGNED])], [many]).requirements;
    expect(result?.found).toMatch(
      /evil\.example\/a, https:\/\/evil\.example\/b, https:\/\/evil\.example\/c and 2 more names/,
    );
  });
});

describe('names of signers', () => {
  const wanted = pattern('https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v.*');
  const judgeSubject = (subject: string): string =>
    outcomeOf([signatureBy([identityRule(wanted)])], [verified({ signer: certificate(subject) })]);

  it('match a pattern from the first character to the last', () => {
    expect(judgeSubject(RELEASE)).toBe('pass SATISFIED');
  });

  it.each([
    ['after it', 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main'],
    ['wrapped in another URL', `https://evil.example/?u=${RELEASE}`],
    ['with a line before it', `x\n${RELEASE}`],
    ['with other text before', `evil${RELEASE}`],
    ['that only begins like it', 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/'],
  ])('W1, C1: do not match when the wanted text is %s', (_, subject) => {
    expect(judgeSubject(subject)).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });

  it('W1: exact text is no pattern: its dots match dots only', () => {
    const evil = RELEASE.replace('github.com', 'githubxcom');
    expect(outcomeOf([SIGNED], [verified({ signer: certificate(evil) })])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
    expect(outcomeOf([signatureBy([identityRule('.*')])], [GOOD])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });

  it('W1: `main` does not allow `main-evil`, as exact text or as a pattern', () => {
    const main = 'https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main';
    const evil = [verified({ signer: certificate(`${main}-evil`) })];
    expect(outcomeOf([signatureBy([identityRule(main)])], evil)).toBe('fail-evidence SIGNER_NOT_ALLOWED');
    expect(outcomeOf([signatureBy([identityRule(pattern(main))])], evil)).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });

  it('W13: may be any of the names in the certificate', () => {
    const many = verified({ signer: certificate(['mailto:someone@acme.example', RELEASE]) });
    expect(outcomeOf([SIGNED], [many])).toBe('pass SATISFIED');
  });

  it('C2: a pattern with nested quantifiers takes linear time on a hostile name', () => {
    const rule = identityRule(pattern('(a+)+b'));
    // A backtracking engine takes about 2^2000 steps for this.
    const hostile = verified({ signer: certificate('a'.repeat(2_000)) });
    expect(outcomeOf([signatureBy([rule])], [hostile])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });

  it('must have every claim the rule wants: an absent claim matches nothing', () => {
    const rule = { ...identityRule(RELEASE), claims: { runnerEnvironment: pattern('.*') } };
    const hosted = certificate(RELEASE, { claims: { runnerEnvironment: 'github-hosted' } });
    expect(outcomeOf([signatureBy([rule])], [GOOD])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
    expect(outcomeOf([signatureBy([rule])], [verified({ signer: hosted })])).toBe('pass SATISFIED');
  });
});

describe('several signers', () => {
  const team = ['alice', 'bob', 'carol'].map(keyRule);
  const two = signatureBy(team, { atLeast: 2 });
  const by = (name: string, piece = name): Finding => verified({ signer: keySigner(name), piece });

  it('satisfy when enough different ones have signed', () => {
    expect(outcomeOf([two], [by('alice'), by('carol')])).toBe('pass SATISFIED');
  });

  it('count once each: many signatures by one are one signer', () => {
    expect(outcomeOf([two], [by('alice', 'a1'), by('alice', 'a2'), by('alice', 'a3')])).toBe(
      'fail-missing SIGNERS_TOO_FEW',
    );
  });

  it('are missing, not failed, while some of the required ones have signed (one signature of the two required)', () => {
    const bad = refused('SIGNATURE_INVALID', { material: 'key:bob' });
    expect(outcomeOf([two], [by('alice')])).toBe('fail-missing SIGNERS_TOO_FEW');
    expect(outcomeOf([two], [by('alice'), bad])).toBe('fail-missing SIGNERS_TOO_FEW');
    expect(outcomeOf([two], [bad])).toBe('fail-evidence SIGNATURE_INVALID');
  });

  it('count once when two patterns match the same one', () => {
    const overlapping = [identityRule(pattern('.*@acme.example')), identityRule(pattern('al.*'))];
    const alice = verified({ signer: certificate('alice@acme.example') });
    expect(outcomeOf([signatureBy(overlapping, { atLeast: 2 })], [alice])).toBe('fail-missing SIGNERS_TOO_FEW');
  });

  it('count once when one entry of the list allows all of them', () => {
    const rules = [identityRule(pattern('.*@acme.example')), keyRule('alice')];
    const signers = ['a@acme.example', 'b@acme.example'].map((name) => verified({ signer: certificate(name) }));
    expect(outcomeOf([signatureBy(rules, { atLeast: 2 })], signers)).toBe('fail-missing SIGNERS_TOO_FEW');
  });

  it('are paired with entries so that as many as possible count', () => {
    // The first signer fits both entries, the second only the first one: a greedy pairing would count one.
    const rules = [identityRule(pattern('.*@acme.example')), identityRule('a@acme.example')];
    const signers = ['a@acme.example', 'b@acme.example'].map((name) => verified({ signer: certificate(name) }));
    expect(outcomeOf([signatureBy(rules, { atLeast: 2 })], signers)).toBe('pass SATISFIED');
  });

  it('are the same one under two trust roots when issuer and name are the same', () => {
    const rules = [identityRule(RELEASE), identityRule(RELEASE, undefined, 'acme')];
    const both = [GOOD, verified({ signer: certificate(RELEASE, { trust: 'acme' }) })];
    expect(outcomeOf([signatureBy(rules, { atLeast: 2 })], both)).toBe('fail-missing SIGNERS_TOO_FEW');
  });
});

describe('a key whose signatures must be in a log', () => {
  const rule = keyRule('alice');
  if (rule.kind !== 'key') throw new TypeError('expected a key');
  const logged = { kind: 'key', key: { ...rule.key, trust: 'sigstore', transparencyLog: 'required' } } as const;

  it('does not count where the same key verified without the log, for another requirement', () => {
    const bare = verified({ signer: keySigner('alice') });
    const inLog = verified({ signer: keySigner('alice'), material: keyMaterialId(logged.key), piece: 'logged' });
    expect(outcomeOf([signatureBy([rule])], [bare])).toBe('pass SATISFIED');
    const notInLog = refused('LOG_PROOF_INVALID', { material: keyMaterialId(logged.key) });
    const both = [bare, { ...notInLog, evidence: bare.evidence }];
    expect(outcomeOf([signatureBy([logged])], both)).toBe('fail-evidence LOG_PROOF_INVALID');
    expect(outcomeOf([signatureBy([logged])], [bare, inLog])).toBe('pass SATISFIED');
  });
});

describe('the age of evidence', () => {
  const month = signatureBy(BY_RELEASE, { maxAgeMs: 30 * 86_400_000 });
  const at = (...signedAt: readonly string[]): Finding => verified({ signer: certificate(), signedAt });

  it('is counted from the verified signing time', () => {
    expect(outcomeOf([month], [at('2026-10-25T12:00:00Z')])).toBe('pass SATISFIED');
    expect(outcomeOf([month], [at('2026-10-20T12:00:00Z')])).toBe('fail-evidence EVIDENCE_TOO_OLD');
  });

  it('is exact at the limit', () => {
    expect(outcomeOf([month], [at('2026-10-21T12:00:00Z')])).toBe('pass SATISFIED');
    expect(outcomeOf([month], [at('2026-10-21T11:59:59Z')])).toBe('fail-evidence EVIDENCE_TOO_OLD');
  });

  it('is that of the oldest time: stamping an old signature again does not make it young', () => {
    expect(outcomeOf([month], [at('2025-01-01T00:00:00Z', '2026-11-20T11:00:00Z')])).toBe(
      'fail-evidence EVIDENCE_TOO_OLD',
    );
  });

  it('is not proved without a verified time', () => {
    expect(outcomeOf([month], [at()])).toBe('fail-evidence TIME_UNPROVEN');
    expect(outcomeOf([month], [at('not a time')])).toBe('fail-evidence TIME_UNPROVEN');
  });

  it('is satisfied by one young enough among old ones', () => {
    const old = verified({ signer: certificate(), signedAt: ['2020-01-01T00:00:00Z'], piece: 'old' });
    expect(outcomeOf([month], [old, GOOD])).toBe('pass SATISFIED');
  });
});

describe('conditions on the age of what an attestation says', () => {
  const week = attestationBy(BY_RELEASE, {
    where: 'now - timestamp(predicate.metadata.scanFinishedOn) < duration("168h")',
  });
  const scanned = (scanFinishedOn: string): Finding =>
    verified({ signer: certificate(), predicateType: SBOM, predicate: { metadata: { scanFinishedOn } } });

  it('are asked with the time of the judgement', () => {
    expect(outcomeOf([week], [scanned('2026-11-14T12:00:00.123Z')])).toBe('pass SATISFIED');
    expect(outcomeOf([week], [scanned('2026-11-13T11:59:59Z')])).toBe('fail-evidence CONDITION_FALSE');
  });

  it('are undecided where it says no time', () => {
    expect(outcomeOf([week], [scanned('last week')])).toBe('fail-evidence CONDITION_UNDECIDED');
    expect(outcomeOf([week], [verified({ signer: certificate(), predicateType: SBOM })])).toBe(
      'fail-evidence CONDITION_UNDECIDED',
    );
  });
});

describe('conditions on an attestation', () => {
  const where = attestationBy(BY_RELEASE, { where: 'predicate.components.size() > 0' });
  const sbom = (predicate: Parameters<typeof verified>[0]['predicate']): Finding =>
    verified({ signer: certificate(), predicateType: SBOM, ...(predicate && { predicate }) });

  it('must be true of it', () => {
    expect(outcomeOf([where], [sbom({ components: [{ name: 'zlib' }] })])).toBe('pass SATISFIED');
    expect(outcomeOf([where], [sbom({ components: [] })])).toBe('fail-evidence CONDITION_FALSE');
  });

  it('are not true when they cannot be decided', () => {
    expect(outcomeOf([where], [sbom({})])).toBe('fail-evidence CONDITION_UNDECIDED');
    const number = attestationBy(BY_RELEASE, { where: 'predicate.components.size()' });
    expect(outcomeOf([number], [sbom({ components: [] })])).toBe('fail-evidence CONDITION_UNDECIDED');
  });

  it('are asked of every attestation of the type until one fits', () => {
    const empty = { ...sbom({ components: [] }), evidence: { ...GOOD.evidence } };
    expect(outcomeOf([where], [empty, sbom({ components: [1] })])).toBe('pass SATISFIED');
  });

  it('are not asked of evidence by a stranger', () => {
    const foreign = verified({ signer: certificate('evil'), predicateType: SBOM, predicate: { components: [1] } });
    expect(outcomeOf([where], [foreign])).toBe('fail-evidence SIGNER_NOT_ALLOWED');
  });
});

describe('several policies', () => {
  const sbomPolicy = (more: Partial<ImagePolicy> = {}): ImagePolicy =>
    policyOf([attestationBy(BY_RELEASE)], { name: 'sbom', ...more });

  it('must all pass', () => {
    const signed = policyOf([SIGNED]);
    expect(judged([signed, sbomPolicy()], [GOOD]).outcome).toBe('fail-missing');
    const sbom = verified({ signer: certificate(), predicateType: SBOM });
    expect(judged([signed, sbomPolicy()], [GOOD, sbom]).outcome).toBe('pass');
  });

  it('wait as long as the longest grace of those that are not satisfied', () => {
    const policies = [policyOf([SIGNED], { graceMs: 9_000_000 }), sbomPolicy({ graceMs: 60_000 })];
    expect(judged(policies, [GOOD]).graceMs).toBe(60_000);
    expect(judged(policies, []).graceMs).toBe(9_000_000);
  });

  it('wait no longer for one that only alerts than for those that quarantine', () => {
    const policies = [policyOf([SIGNED]), sbomPolicy({ onFailure: 'alert', graceMs: 9_000_000 })];
    expect(judged(policies, [])).toMatchObject({ graceMs: 900_000, onFailure: 'quarantine' });
    expect(judged(policies, [GOOD])).toMatchObject({ graceMs: 9_000_000, onFailure: 'alert' });
  });

  it('do not quarantine for one that only alerts, because another one quarantines and is satisfied', () => {
    const policies = [policyOf([SIGNED]), sbomPolicy({ onFailure: 'alert' })];
    expect(judged(policies, [GOOD])).toMatchObject({ outcome: 'fail-missing', onFailure: 'alert' });
  });

  it('do not cut the grace of one that quarantines short, because one that only alerts has failed for good', () => {
    const alerting = policyOf([SIGNED], { name: 'signed', onFailure: 'alert' });
    expect(judged([alerting, sbomPolicy()], [STRANGER])).toMatchObject({
      outcome: 'fail-missing',
      code: 'ATTESTATION_MISSING',
      onFailure: 'quarantine',
    });
  });
});

describe('an image no policy covers', () => {
  const uncovered = (noMatch: 'alert' | 'fail' | 'ignore'): Verdict =>
    judge({ policies: [], noMatch, image: IMAGE, digest: DIGEST, findings: [GOOD], now: NOW });

  it('alerts, fails or is let be, as configured', () => {
    expect(uncovered('alert')).toMatchObject({
      outcome: 'fail-missing',
      code: 'NO_POLICY',
      onFailure: 'alert',
      graceMs: 0,
    });
    expect(uncovered('fail')).toMatchObject({ outcome: 'fail-missing', code: 'NO_POLICY', onFailure: 'quarantine' });
    expect(uncovered('ignore')).toMatchObject({ outcome: 'pass', code: 'NO_POLICY' });
  });
});

describe('alternatives', () => {
  const either = (more: Partial<ImagePolicy> = {}): ImagePolicy =>
    policyOf([], {
      alternatives: [
        { name: 'keyless', require: [SIGNED] },
        { name: 'sbom', require: [attestationBy(BY_RELEASE)] },
      ],
      ...more,
    });

  it('satisfy with any one of them', () => {
    expect(judged([either()], [GOOD]).outcome).toBe('pass');
    expect(judged([either()], [verified({ signer: certificate(), predicateType: SBOM })]).outcome).toBe('pass');
  });

  it('have not failed while evidence for one of them may still come', () => {
    expect(judged([either()], [STRANGER])).toMatchObject({ outcome: 'fail-missing', code: 'ATTESTATION_MISSING' });
  });

  it('have failed where each of them lacks one thing and has another that is bad', () => {
    const both = { name: 'both', require: [SIGNED, attestationBy(BY_RELEASE)] };
    expect(judged([policyOf([], { alternatives: [both] })], [STRANGER]).outcome).toBe('fail-evidence');
    expect(judged([policyOf([], { alternatives: [both] })], [GOOD]).outcome).toBe('fail-missing');
  });

  it('tell what is open, each once, and first what may still come', () => {
    const bySomebody = signatureBy([identityRule(pattern('.*'))]);
    const alternatives = [
      { name: 'keyless', require: [SIGNED] },
      { name: 'sbom', require: [bySomebody, attestationBy(BY_RELEASE)] },
    ];
    const { requirements } = judged([policyOf([], { alternatives })], [STRANGER]);
    expect(requirements.map(({ code }) => code)).toEqual(['ATTESTATION_MISSING', 'SIGNER_NOT_ALLOWED']);
  });

  it('have failed when each of them has', () => {
    const foreign = verified({ signer: certificate('evil'), predicateType: SBOM });
    expect(judged([either()], [STRANGER, foreign]).outcome).toBe('fail-evidence');
  });

  it('always hold with one that asks for nothing, and never with one that denies', () => {
    const pass = { name: 'static', require: [] };
    const deny = { name: 'static', require: [], denied: 'not from here' };
    expect(judged([policyOf([], { alternatives: [pass] })], []).outcome).toBe('pass');
    expect(judged([policyOf([], { alternatives: [deny, pass] })], []).outcome).toBe('pass');
    expect(judged([policyOf([], { alternatives: [deny] })], [GOOD])).toMatchObject({
      outcome: 'fail-evidence',
      code: 'DENIED_BY_POLICY',
      graceMs: 0,
    });
    const signed = { name: 'signed', require: [SIGNED] };
    expect(judged([policyOf([], { alternatives: [deny, signed] })], [STRANGER])).toMatchObject({
      code: 'SIGNER_NOT_ALLOWED',
      graceMs: 900_000,
    });
  });
});

describe('one piece of evidence', () => {
  it('is told once, although it was tried with several materials and lay in two places', () => {
    const other = { ...refused('MATERIAL_MISMATCH', { material: 'key:1' }), evidence: GOOD.evidence };
    const fallback = { ...GOOD, evidence: { ...GOOD.evidence, place: 'fallback-tag' as const } };
    const [result] = judged([policyOf([SIGNED])], [other, GOOD, fallback]).requirements;
    expect(result?.evidence).toHaveLength(1);
    expect(result?.evidence[0]?.counted).toBe(true);
  });

  it('satisfies several requirements at once', () => {
    const built = verified({ signer: certificate(), predicateType: SLSA1, predicate: slsa1() });
    const twice = [provenanceBy(BY_RELEASE), attestationBy(BY_RELEASE, { name: 'slsa', predicateTypes: [SLSA1] })];
    expect(outcomeOf(twice, [built])).toBe('pass SATISFIED');
  });
});
