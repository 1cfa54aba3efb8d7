import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../src/domain/finding.ts';
import type { ImagePolicy, PolicySet } from '../../../../src/domain/policy.ts';
import type { Verdict } from '../../../../src/domain/verdict.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import { compareVerdicts, type Rejudgement, rejudge } from '../../../../src/policy/rejudge/rejudge.ts';
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
  policyKey,
  policyOf,
  RELEASE,
  refused,
  signatureBy,
  verified,
} from '../../../support/findings.ts';

const SBOM = 'https://cyclonedx.org/bom';
const RULE = identityRule(RELEASE);
const GOOD = verified({ signer: certificate() });
const BEFORE = policyOf([signatureBy([RULE])]);

function setOf(...policies: readonly ImagePolicy[]): PolicySet {
  return { revision: 'next', policies, noMatch: 'alert' };
}

function verdictOf(policies: readonly ImagePolicy[], findings: readonly Finding[]): Verdict {
  return judge({ policies, noMatch: 'alert', image: IMAGE, digest: DIGEST, findings, now: NOW });
}

function again(after: PolicySet, findings: readonly Finding[], verdict = verdictOf([BEFORE], findings)): Rejudgement {
  const subject = { image: IMAGE, digest: DIGEST, verdict, findings };
  return compareVerdicts(subject, rejudge(subject, after, NOW).own);
}

describe('judging anew from what is on record', () => {
  it('gives the same under the same policies', () => {
    expect(again(setOf(BEFORE), [GOOD])).toMatchObject({ kind: 'same', after: { outcome: 'pass' } });
    expect(again(setOf(BEFORE), [])).toMatchObject({ kind: 'same', after: { outcome: 'fail-missing' } });
  });

  it('does not tell where a policy newly asks for what was not read, because it announced a kind nobody asked for', () => {
    const scans = { ...refused('EVIDENCE_OVER_LIMIT', { claim: { kind: 'attestation', predicateType: SBOM } }) };
    const findings: Finding[] = [{ ...scans, claimIsAnnounced: true }];
    const verdict = verdictOf([BEFORE], findings);
    const subject = { image: IMAGE, digest: DIGEST, verdict, findings, judgedBy: [BEFORE] };
    const told = (by: ImagePolicy) => compareVerdicts(subject, rejudge(subject, setOf(by), NOW).own);
    expect(told(policyOf([attestationBy([RULE])]))).toMatchObject({
      kind: 'unknown',
      why: expect.stringMatching(/not read/),
    });
    expect(told(BEFORE)).toMatchObject({ kind: 'same', after: { outcome: 'fail-missing' } });
  });

  it('flips with the reason when a policy allows another signer', () => {
    const stricter = policyOf([signatureBy([identityRule('https://github.com/acme/other')])]);
    const result = again(setOf(stricter), [GOOD]);
    expect(result).toMatchObject({ kind: 'flips', after: { outcome: 'fail-evidence', code: 'SIGNER_NOT_ALLOWED' } });
  });

  it('flips to a pass when a policy is loosened', () => {
    const ci = verified({
      signer: certificate('https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main'),
    });
    const looser = policyOf([signatureBy([identityRule(pattern('https://github.com/acme/.*'))])]);
    expect(again(setOf(looser), [ci])).toMatchObject({ kind: 'flips', after: { outcome: 'pass' } });
  });

  it('flips when more is asked for, and when no policy covers it any more', () => {
    const more = policyOf([signatureBy([RULE]), attestationBy([RULE])]);
    expect(again(setOf(more), [GOOD])).toMatchObject({ kind: 'flips', after: { code: 'ATTESTATION_MISSING' } });
    const elsewhere = policyOf([signatureBy([RULE])], { images: ['other.example/**'] });
    expect(again(setOf(elsewhere), [GOOD])).toMatchObject({ kind: 'flips', after: { code: 'NO_POLICY' } });
  });
});

describe('what is on record does not tell', () => {
  it('when evidence was never tried with a new key or trust root', () => {
    expect(again(setOf(policyOf([signatureBy([keyRule('alice')])])), [GOOD])).toEqual({
      kind: 'unknown',
      why: 'its evidence was never tried with the key keys/alice.pub',
    });
    const acme = policyOf([signatureBy([identityRule(RELEASE, undefined, 'acme')])]);
    expect(again(setOf(acme), [GOOD])).toEqual({
      kind: 'unknown',
      why: 'its evidence was never tried with the trust root acme',
    });
  });

  it('but it does when there was no evidence to try, or when it passes all the same', () => {
    const either = policyOf([signatureBy([RULE, keyRule('alice')])]);
    expect(again(setOf(either), [])).toMatchObject({ kind: 'same' });
    expect(again(setOf(either), [GOOD])).toMatchObject({ kind: 'same', after: { outcome: 'pass' } });
    expect(again(setOf(either), [verified({ signer: keySigner('alice') })])).toMatchObject({
      after: { outcome: 'pass' },
    });
  });

  it('when the last look came to nothing', () => {
    const verdict = { ...verdictOf([BEFORE], []), outcome: 'indeterminate', code: 'COULD_NOT_TELL' } as const;
    expect(again(setOf(BEFORE), [], verdict).kind).toBe('unknown');
  });

  it('when checking it never came to an end', () => {
    const verdict = { ...verdictOf([BEFORE], []), outcome: 'rejected-input', code: 'CRASHED_REPEATEDLY' } as const;
    expect(again(setOf(BEFORE), [], verdict)).toMatchObject({
      kind: 'unknown',
      why: 'checking it never came to an end',
    });
  });

  it('when the evidence it turns on could not be checked', () => {
    const stale = refused('TRUST_ROOT_STALE');
    expect(again(setOf(BEFORE), [stale], verdictOf([BEFORE], []))).toMatchObject({
      kind: 'unknown',
      why: 'what it turns on could not be checked',
    });
    expect(again(setOf(BEFORE), [stale, GOOD])).toMatchObject({ after: { outcome: 'pass' } });
  });

  it('of an index whose platforms proved it, or may prove it: they are not on its record', () => {
    const proved = { ...verdictOf([BEFORE], [GOOD]), code: 'PROVED_BY_PLATFORMS' } as const;
    expect(again(setOf(BEFORE), [], proved)).toEqual({
      kind: 'unknown',
      why: 'the images in it proved it, and not the index itself',
    });
    const anyLevel = policyOf([signatureBy([RULE])], { platforms: 'any-level' });
    const verdict = verdictOf([BEFORE], []);
    const index = { image: IMAGE, digest: DIGEST, verdict, findings: [], isIndex: true };
    expect(rejudge(index, setOf(anyLevel), NOW).own).toEqual({
      kind: 'unknown',
      why: 'the images in it may prove what the index does not',
    });
    expect(rejudge(index, setOf(BEFORE), NOW).own).toMatchObject({
      kind: 'told',
      verdict: { outcome: 'fail-missing' },
    });
    expect(rejudge({ ...index, isIndex: false }, setOf(anyLevel), NOW).own).toMatchObject({ kind: 'told' });
  });

  it('when a key was tried, but never against the log that its policy now asks for', () => {
    const key = { ...policyKey('alice'), trust: 'acme', transparencyLog: 'required' } as const;
    const byAlice = verified({ signer: keySigner('alice') });
    expect(again(setOf(policyOf([signatureBy([{ kind: 'key', key }])])), [byAlice])).toEqual({
      kind: 'unknown',
      why: 'its evidence was never tried with the key keys/alice.pub (in a public log)',
    });
  });

  it('but what kind of artifact it is: a policy of images alone does not cover a chart', () => {
    const artifactType = 'application/vnd.cncf.helm.config.v1+json';
    const chart = { image: IMAGE, digest: DIGEST, verdict: verdictOf([BEFORE], []), findings: [], artifactType };
    const charts = policyOf([signatureBy([RULE])], { artifacts: [artifactType] });
    expect(rejudge(chart, setOf(BEFORE), NOW).policies).toEqual([]);
    expect(rejudge(chart, setOf(charts), NOW).policies).toEqual([charts]);
  });

  it('when limits cut the look short: it stays so unless it passes', () => {
    const verdict = { ...verdictOf([BEFORE], []), outcome: 'rejected-input', code: 'LOOK_CUT_SHORT' } as const;
    expect(again(setOf(BEFORE), [], verdict)).toMatchObject({ kind: 'same' });
    expect(again(setOf(BEFORE), [GOOD], verdict)).toMatchObject({ kind: 'flips', after: { outcome: 'pass' } });
  });
});
