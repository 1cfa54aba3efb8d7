import { describe, expect, it } from 'vitest';
import { plainJson } from '../../../src/cli/plain-text.ts';
import { createStyle } from '../../../src/cli/terminal.ts';
import { renderReport } from '../../../src/cli/verify/render-report.ts';
import { toJsonReport, type VerifyReport } from '../../../src/cli/verify/verify-report.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { built, REPORTS, reportOf, tried } from './verify-samples.ts';

const render = (report: VerifyReport, coloured = false, width = 100): string =>
  renderReport(report, { style: createStyle(coloured), width });

describe('the report of `lazaret verify`, for people', () => {
  it.each(Object.keys(REPORTS))('on %s', (name) => {
    expect(render(REPORTS[name]!)).toMatchSnapshot();
  });

  it('colours the outcome and nothing that came from outside', () => {
    const text = render(REPORTS['an unsigned image']!, true);
    expect(text).toContain('\u001b[31mfail-missing\u001b[39m');
    expect(text).toContain('\u001b[31m✗\u001b[39m');
  });

  it('keeps to the width of the terminal, but for what is copied as a whole', () => {
    for (const line of render(REPORTS['one signature of two']!, false, 60).split('\n').slice(1)) {
      const longestWord = Math.max(
        ...line
          .trim()
          .split(' ')
          .map((word) => word.length),
      );
      expect(line.length).toBeLessThanOrEqual(Math.max(60, 14 + longestWord));
    }
  });

  it('says in which repository evidence lay, where that is another', () => {
    const { evidence, ...rest } = tried('SATISFIED', 'Signed by alice.');
    const elsewhere = { ...rest, evidence: { ...evidence, repository: 'registry.example.com/acme/signatures' } };
    const satisfied = { code: 'SATISFIED', reason: 'Everything is proved.' } as const;
    const report = reportOf('pass', { ...satisfied, requirements: [built('SATISFIED', 'It is.', [elsewhere])] });
    expect(render(report).replaceAll(/\s+/g, ' ')).toContain(
      `tried referrer in registry.example.com/acme/signatures ${evidence.digest}`,
    );
    expect(toJsonReport(report)).toMatchObject({
      requirements: [{ evidence: [{ place: 'referrer', repository: 'registry.example.com/acme/signatures' }] }],
    });
  });

  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 30), text]))('holds no trap in %j', (_, text) => {
    const evidence = tried('EVIDENCE_MALFORMED', text, { expected: text, found: text });
    const requirement = { ...built('EVIDENCE_MALFORMED', text, [evidence]), policy: text, name: text, advice: text };
    const verdict = {
      code: 'EVIDENCE_MALFORMED',
      reason: text,
      policies: [text],
      requirements: [requirement],
    } as const;
    const hostile = reportOf('fail-evidence', verdict, { image: text });
    const obeyed = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
    expect(render(hostile).replaceAll('\n', '')).not.toMatch(obeyed);
    expect(plainJson(toJsonReport(hostile))).not.toMatch(obeyed);
  });
});

describe('the report of `lazaret verify`, for programs', () => {
  it('is one object that says all the text says', () => {
    expect(toJsonReport(REPORTS['one signature of two']!)).toMatchSnapshot();
  });

  it('names no digest when the registry could not say which one the tag means', () => {
    expect(toJsonReport(REPORTS['a registry that does not answer']!)).toMatchObject({
      digest: null,
      outcome: 'indeterminate',
      requirements: [],
    });
  });

  it('has the members scripts rely on', () => {
    const report = JSON.parse(plainJson(toJsonReport(REPORTS['an image signed by a stranger']!)));
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining(['image', 'digest', 'outcome', 'reason', 'requirements']),
    );
    expect(Object.keys(report.requirements[0])).toEqual(
      expect.arrayContaining(['name', 'satisfied', 'code', 'expected', 'found', 'advice', 'evidence']),
    );
  });
});
