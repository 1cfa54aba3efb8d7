import { describe, expect, it } from 'vitest';
import type { SignerRule, TextMatch } from '../../../../src/domain/policy.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import { explainLiteral, literalWildcards } from '../../../../src/policy/read/literal-wildcards.ts';
import {
  certificate,
  DIGEST,
  IMAGE,
  NOW,
  policyOf,
  provenanceBy,
  signatureBy,
  verified,
} from '../../../support/findings.ts';

const exact = (text: string): TextMatch => ({ kind: 'exact', text });

function signer(subject: string, issuer = 'https://token.actions.githubusercontent.com'): SignerRule {
  return { kind: 'identity', trust: 'sigstore', issuer: exact(issuer), subject: exact(subject) };
}

function spellingOf(subject: string, issuer?: string): string | undefined {
  return literalWildcards(signatureBy([signer(subject, issuer)]))[0]?.spelling;
}

describe('plain text that looks as if it stood for more', () => {
  it.each([
    [
      'https://github.com/acme/app/w.yml@refs/tags/*',
      String.raw`subject: { pattern: 'https://github\.com/acme/app/w\.yml@refs/tags/.*' }`,
    ],
    ['https://github.com/acme/**', String.raw`subject: { pattern: 'https://github\.com/acme/.*' }`],
    ['https://github.com/acme/app/.*', `subject: { pattern: 'https://github.com/acme/app/.*' }`],
    ['^https://github.com/acme/app$', `subject: { pattern: 'https://github.com/acme/app' }`],
    ['https://github.com/acme/', String.raw`subject: { pattern: 'https://github\.com/acme/.*' }`],
  ])('%s is shown as the pattern', (subject, spelling) => {
    expect(spellingOf(subject)).toBe(spelling);
  });

  it('is an issuer with a final slash, a claim, an annotation or a source too', () => {
    expect(spellingOf('a@example.com', 'https://issuer.example.com/')).toBe('issuer: https://issuer.example.com');
    const claims = { workflowName: exact('release*') };
    expect(literalWildcards(signatureBy([{ ...signer('a@example.com'), claims } as SignerRule]))[0]?.key).toBe(
      'claims.workflowName',
    );
    expect(literalWildcards(signatureBy([], { annotations: { stage: exact('prod*') } }))[0]?.key).toBe(
      'annotations.stage',
    );
    const source = { repository: 'https://github.com/acme/*' };
    expect(literalWildcards(provenanceBy([], { source }))[0]).toMatchObject({
      key: 'source.repository',
      spelling: String.raw`repository: { pattern: 'https://github\.com/acme/.*' }`,
    });
  });

  it('is not an honest name', () => {
    for (const subject of [
      'alice+bob@example.com',
      'https://github.com/acme/app/.github/workflows/w.yml@refs/tags/v1.0',
    ]) {
      expect(spellingOf(subject)).toBeUndefined();
    }
    const pattern: SignerRule = { ...signer('x'), subject: { kind: 'pattern', pattern: 'https://.*' } } as SignerRule;
    expect(literalWildcards(signatureBy([pattern]))).toEqual([]);
  });

  it('is hinted at by a verdict that it made fail, and by no other', () => {
    const adviceFor = (subject: string) =>
      judge({
        policies: [policyOf([signatureBy([signer(subject)])])],
        noMatch: 'alert',
        image: IMAGE,
        digest: DIGEST,
        findings: [verified({ signer: certificate() })],
        now: NOW,
      }).requirements[0]?.advice;
    expect(adviceFor('https://github.com/acme/*')).toContain(
      String.raw`every character in it is taken literally. If it was meant otherwise, write subject: { pattern: 'https://github\.com/acme/.*' }`,
    );
    expect(adviceFor('https://github.com/other/app')).toContain('If this signer should be trusted');
  });

  it('says which of its characters mean nothing more', () => {
    expect(explainLiteral({ key: 'issuer', text: 'https://a/', spelling: 'issuer: https://a' })).toContain(
      'the slash at its end',
    );
  });
});
