import { describe, expect, it } from 'vitest';
import { plainJson } from '../../../src/cli/plain-text.ts';
import { createStyle } from '../../../src/cli/terminal.ts';
import { renderReport } from '../../../src/cli/verify/render-report.ts';
import { toJsonReport, type VerifyReport } from '../../../src/cli/verify/verify-report.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { broken, provenance, reportOn, reportOnFault, signature, workflow } from './verify-samples.ts';

const stranger = workflow('https://github.com/mallory/app/.github/workflows/release.yml@refs/tags/v1.4.2');
const feature = workflow('https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main');

const REPORTS: Readonly<Record<string, VerifyReport>> = {
  'an image that passes': reportOn([provenance(), signature('alice'), signature('bob')]),
  'an unsigned image': reportOn([]),
  'an image signed by a stranger': reportOn([provenance(stranger)]),
  'an image from the right repository by the wrong workflow': reportOn([provenance(feature)]),
  'provenance of another source': reportOn([provenance(workflow(), 'https://github.com/mallory/app')]),
  'one signature of two': reportOn([provenance(), signature('alice')]),
  'broken evidence beside a stranger’s': reportOn([
    broken('SIGNATURE_INVALID', 'The signature does not match the content it claims to cover.'),
    provenance(stranger),
  ]),
  'bad extras beside good evidence': reportOn([
    broken('EVIDENCE_MALFORMED', 'It is not a Sigstore bundle.'),
    provenance(stranger, undefined, 'extra'),
    provenance(),
    signature('alice'),
    signature('bob'),
  ]),
  'a look cut short': reportOn([], { cutShort: 'more than 1,000 referrers' }),
  'a registry that does not answer': reportOnFault(),
};

const render = (report: VerifyReport, coloured = false, width = 100): string =>
  renderReport(report, { style: createStyle(coloured), width });

describe('the report of `lazaret verify`, for people', () => {
  it.each(Object.keys(REPORTS))('on %s', (name) => {
    expect(render(REPORTS[name]!)).toMatchSnapshot();
  });

  it('colours the outcome and nothing that came from outside', () => {
    const text = render(reportOn([]), true);
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

  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 30), text]))('holds no trap in %j', (_, text) => {
    const report = reportOn([provenance(workflow(`https://x/${text}`)), broken('EVIDENCE_MALFORMED', text)]);
    const hostile = { ...report, image: text, verdict: { ...report.verdict, reason: text, policies: [text] } };
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
