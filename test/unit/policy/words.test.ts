import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { certificate, identityRule, keyRule, policyOf, signatureBy, verified } from '../../support/findings.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { SITUATIONS, verdictOn } from '../../support/verdicts.ts';

/** Codes that the pipeline gives without asking a policy; they are documented, and worded there. */
const NOT_OF_POLICY = ['INHERITED', 'PROVED_BY_PLATFORMS', 'LISTED_ABSENT', 'COULD_NOT_TELL', 'CRASHED_REPEATEDLY'];
/** Codes of one piece of evidence only. */
const OF_EVIDENCE_ONLY = ['PREDICATE_TYPE_MISMATCH'];

describe('the words of a verdict', () => {
  it.each(Object.entries(SITUATIONS))('for %s', (code, situation) => {
    const verdict = verdictOn(situation);
    expect(verdict.code).toBe(code);
    expect(asText(verdict)).toMatchSnapshot();
  });

  it.each(Object.entries(SITUATIONS))('for %s are one sentence a newcomer understands first', (_, situation) => {
    const { reason } = verdictOn(situation);
    expect(reason).toMatch(/^[A-Z].*\.$/);
    expect(reason).not.toMatch(/undefined|null|\[object|NaN/);
    // The names of the machinery explain nothing to whoever has not met it; a condition is the reader's own text.
    expect(reason.replace(/the condition \S+/, '')).not.toMatch(/rekor|fulcio|dsse|in-toto|predicate|SCT|tlog|SLSA/i);
  });

  it.each(Object.entries(SITUATIONS))('for %s say what to do, if there is something to do', (_, situation) => {
    for (const result of verdictOn(situation).requirements) {
      expect(result.advice === '').toBe(result.satisfied);
      expect(result.expected).not.toBe('');
      expect(result.found).not.toBe('');
    }
  });
});

describe('every reason code', () => {
  const codes = codesOf('src/domain/verdict.ts', 'ReasonCode').concat(
    codesOf('src/domain/finding.ts', 'FindingCode').filter((code) => code !== 'VERIFIED'),
  );

  it('is given by a situation in these tests, or outside of policies', () => {
    const known = [...Object.keys(SITUATIONS), ...NOT_OF_POLICY, ...OF_EVIDENCE_ONLY];
    expect(codes.length).toBeGreaterThan(30);
    expect([...known].sort()).toEqual([...codes].sort());
  });

  it('is explained in docs/reasons.md, and no other is', () => {
    const page = readFileSync('docs/reasons.md', 'utf8');
    const explained = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code ?? '');
    expect([...explained].sort()).toEqual([...codes].sort());
  });
});

describe('the nearest miss', () => {
  const near = 'https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main';
  const wanted = [
    keyRule('alice'),
    identityRule('https://gitlab.com/acme/app', 'https://gitlab.com'),
    identityRule('https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main'),
  ];
  const miss = (findings: readonly Finding[]): string =>
    verdictOn({ policies: [policyOf([signatureBy(wanted)])], findings }).requirements[0]?.found ?? '';

  it('is the signer most like an allowed one, next to the one it is most like', () => {
    const far = verified({ signer: certificate('https://github.com/evil/x/.github/workflows/a.yml@refs/heads/main') });
    const found = miss([far, verified({ signer: certificate(near) }), far]);
    expect(found).toContain(`signed by ${near}`);
    expect(found).toContain(
      'the policy wants https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
    );
    expect(found).not.toContain('gitlab');
  });

  it('names a claim that is wrong when only that is', () => {
    const rule = {
      ...identityRule(near),
      claims: { runnerEnvironment: { kind: 'exact', text: 'github-hosted' } as const },
    };
    const signer = certificate(near, { claims: { runnerEnvironment: 'self-hosted' } });
    const verdict = verdictOn({ policies: [policyOf([signatureBy([rule])])], findings: [verified({ signer })] });
    expect(verdict.requirements[0]?.found).toContain(
      'claims runnerEnvironment = self-hosted; the policy wants github-hosted',
    );
  });
});

describe('hostile names', () => {
  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 40), text] as const))(
    'E6, E7: make no line break, no invisible character and no long text: %j',
    (_, text) => {
      const finding = verified({ signer: certificate(text === '' ? 'x' : text, { issuer: text }) });
      const policies = [policyOf([signatureBy([identityRule('someone')], { name: text.slice(0, 100) || 'x' })])];
      const verdict = verdictOn({ policies, findings: [finding], cutShort: text });
      const shown = JSON.stringify(verdictOn({ policies, findings: [finding] }).requirements.map(({ found }) => found));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      const invisible = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
      expect(verdict.reason).not.toMatch(invisible);
      expect(JSON.parse(shown)).toSatisfy((words: readonly string[]) => words.every((word) => !invisible.test(word)));
      expect(shown.length).toBeLessThan(2_000);
      expect(verdict.reason.length).toBeLessThan(1_500);
    },
  );
});

function asText(verdict: Verdict): string {
  const lines = [`${verdict.outcome} ${verdict.code}`, verdict.reason];
  for (const { name, code, expected, found, advice, evidence } of verdict.requirements) {
    lines.push('', `${name}: ${code}`, `  expected: ${expected}`, `  found: ${found}`, `  to do: ${advice}`);
    for (const tried of evidence) lines.push(`  tried: ${tried.counted ? 'counted' : tried.code}: ${tried.message}`);
  }
  return lines.join('\n');
}

function codesOf(file: string, type: string): string[] {
  const source = readFileSync(file, 'utf8');
  const body = new RegExp(`export type ${type} =([^;]+);`).exec(source)?.[1] ?? '';
  return [...body.matchAll(/\| '([A-Z_]+)'/g)].map(([, code]) => code ?? '');
}
