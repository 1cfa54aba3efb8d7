import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import type { ImagePolicy } from '../../../src/domain/policy.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { compareVerdicts, type JudgedSubject, rejudge } from '../../../src/policy/rejudge/rejudge.ts';
import {
  certificate,
  DIGEST,
  IMAGE,
  identityRule,
  NOW,
  policyOf,
  RELEASE,
  signatureBy,
  verified,
} from '../../support/findings.ts';

const SIGNED = [signatureBy([identityRule(RELEASE)])];
const HOST = 'registry.example.com';
const naming = (repository: string, name = 'acme'): ImagePolicy =>
  policyOf(SIGNED, { name, evidence: [{ host: HOST, repository }] });

/** The finding, of evidence that lies in another repository. */
function lyingIn(repository: string, finding: Finding): Finding {
  return { ...finding, evidence: { ...finding.evidence, repository: `${HOST}/${repository}` } };
}

const GOOD = verified({ signer: certificate() });
const STRANGER = verified({ signer: certificate('https://github.com/evil/app/x.yml@refs/heads/main') });

function judged(policies: readonly ImagePolicy[], findings: readonly Finding[]): Verdict {
  return judge({ policies, noMatch: 'alert', image: IMAGE, digest: DIGEST, findings, now: NOW });
}

describe('evidence in another repository', () => {
  it('counts for a policy that names the repository, and says where it lay', () => {
    const verdict = judged([naming('sigs')], [lyingIn('sigs', GOOD)]);
    expect(verdict.outcome).toBe('pass');
    expect(verdict.requirements[0]?.evidence).toMatchObject([
      { counted: true, evidence: { place: 'referrer', repository: 'registry.example.com/sigs' } },
    ]);
  });

  it('attack: does not count for a policy that names no other repository, or another', () => {
    for (const policy of [policyOf(SIGNED), naming('sigs2'), naming('sig')]) {
      const verdict = judged([policy], [lyingIn('sigs', GOOD)]);
      expect(verdict).toMatchObject({ outcome: 'fail-missing', code: 'SIGNATURE_MISSING' });
    }
  });

  it('attack: which one policy lets be looked at does not count for another that covers the image', () => {
    const verdict = judged([naming('sigs'), { ...policyOf(SIGNED), name: 'strict' }], [lyingIn('sigs', GOOD)]);
    expect(verdict.outcome).toBe('fail-missing');
    expect(verdict.requirements.map(({ policy, satisfied }) => [policy, satisfied])).toEqual([
      ['acme', true],
      ['strict', false],
    ]);
  });

  it('attack: does not count beside evidence that does lie at the image', () => {
    const hidden = lyingIn('sigs', GOOD);
    for (const findings of [
      [STRANGER, hidden],
      [hidden, STRANGER],
    ]) {
      expect(judged([policyOf(SIGNED)], findings)).toMatchObject({ outcome: 'fail-evidence' });
      expect(judged([naming('sigs')], findings)).toMatchObject({ outcome: 'pass' });
    }
  });

  it("attack: a stranger's is a finding there, and never lowers a pass", () => {
    expect(judged([naming('sigs')], [lyingIn('sigs', STRANGER)])).toMatchObject({ outcome: 'fail-evidence' });
    expect(judged([naming('sigs')], [lyingIn('sigs', STRANGER), GOOD])).toMatchObject({ outcome: 'pass' });
    expect(judged([naming('sigs')], [STRANGER, lyingIn('sigs', GOOD)])).toMatchObject({ outcome: 'pass' });
  });

  it('does not turn missing evidence into bad evidence for a policy that does not name the repository', () => {
    expect(judged([policyOf(SIGNED)], [lyingIn('sigs', STRANGER)])).toMatchObject({ outcome: 'fail-missing' });
  });
});

describe('judging anew', () => {
  const again = (
    before: ImagePolicy,
    after: ImagePolicy,
    findings: readonly Finding[],
    more: Pick<JudgedSubject, 'judgedBy'> = {},
  ) => {
    const stored = { image: IMAGE, digest: DIGEST, verdict: judged([before], findings), findings, ...more };
    return compareVerdicts(stored, rejudge(stored, { revision: 'next', policies: [after], noMatch: 'alert' }, NOW).own);
  };

  it('fails an image whose evidence lies in a repository that is named no more', () => {
    expect(again(naming('sigs'), policyOf(SIGNED), [lyingIn('sigs', GOOD)])).toMatchObject({ kind: 'flips' });
  });

  it('does not know what lies in a repository that was never looked at', () => {
    expect(again(policyOf(SIGNED), naming('sigs'), [STRANGER])).toEqual({
      kind: 'unknown',
      why: 'nothing on record comes from registry.example.com/sigs, where evidence may lie',
    });
    expect(again(policyOf(SIGNED), naming('sigs'), [GOOD])).toMatchObject({ kind: 'same' });
  });

  it('knows that nothing lies in a repository that the policies named by which an image failed', () => {
    const judgedBy = [naming('sigs')];
    expect(again(naming('sigs'), naming('sigs'), [], { judgedBy })).toMatchObject({ kind: 'same' });
    expect(again(naming('sigs'), naming('other'), [], { judgedBy })).toMatchObject({ kind: 'unknown' });
    // One that passed was looked at only until it did.
    const stricter = { ...naming('sigs'), require: [signatureBy([identityRule('somebody else')])] };
    expect(again(naming('sigs'), stricter, [GOOD], { judgedBy })).toMatchObject({ kind: 'unknown' });
  });
});
