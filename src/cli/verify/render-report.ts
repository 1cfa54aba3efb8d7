import type { EvidencePlace, EvidenceRef } from '../../domain/evidence.ts';
import type { EvidenceTried, Outcome, RequirementResult } from '../../domain/verdict.ts';
import { describeInFull } from '../../policy/words/describe-in-full.ts';
import { plainText } from '../plain-text.ts';
import type { Style, Terminal } from '../terminal.ts';
import { wrapText } from '../wrap-text.ts';
import type { VerifyReport } from './verify-report.ts';

/**
 * The report for a person: the outcome and its sentence, then every requirement with what was expected and found,
 * what to do, and each piece of evidence with why it did or did not count.
 */
export function renderReport(report: VerifyReport, terminal: Pick<Terminal, 'style' | 'width'>): string {
  const { verdict } = report;
  const { style } = terminal;
  const heading = `${paintOutcome(verdict.outcome, style)}  ${style.bold(plainText(report.image))}`;
  const lines = [heading, wrapText(plainText(verdict.reason), { width: terminal.width, indent: 2 })];
  for (const result of verdict.requirements) lines.push('', ...renderRequirement(result, terminal));
  return lines.join('\n');
}

function paintOutcome(outcome: Outcome, style: Style): string {
  if (outcome === 'pass') return style.good(outcome);
  return outcome === 'fail-evidence' || outcome === 'fail-missing' ? style.bad(outcome) : style.warn(outcome);
}

type Look = Pick<Terminal, 'style' | 'width'>;

function renderRequirement(result: RequirementResult, look: Look): string[] {
  const { style } = look;
  const mark = result.satisfied ? style.good('✓') : style.bad('✗');
  const code = result.satisfied ? '' : `  ${style.bad(result.code)}`;
  const policy = style.dim(`(policy ${plainText(result.policy)})`);
  const lines = [`${mark} ${style.bold(plainText(result.name))} ${policy}${code}`];
  lines.push(field('expected', result.expected, look), field('found', result.found, look));
  if (result.advice !== '') lines.push(field('to do', result.advice, look));
  if (result.evidence.length === 0) lines.push(field('tried', 'no evidence of this kind was there to try', look));
  for (const tried of result.evidence) lines.push(...renderEvidence(tried, look));
  return lines.filter((line) => line !== '');
}

// The longest label is "expected"; values stand in one column after it.
const COLUMN = 12;

function field(label: string, value: string, look: Look, at = 2): string {
  const text = plainText(value);
  if (text === '') return '';
  const lead = `${' '.repeat(at)}${label}`.padEnd(at + COLUMN - 2);
  return wrapText(text, { width: look.width, indent: lead.length, lead });
}

function renderEvidence(tried: EvidenceTried, look: Look): string[] {
  const { evidence, counted, code, message } = tried;
  const told = counted ? `counts: ${message}` : `does not count (${code}): ${describeInFull(tried)}`;
  return [field('tried', `${describePlace(evidence)} ${evidence.digest}`, look), field('', told, look)];
}

function describePlace({ place, repository }: EvidenceRef): string {
  return repository === undefined ? NAMES[place] : `${NAMES[place]} in ${repository}`;
}

const NAMES: Readonly<Record<EvidencePlace, string>> = {
  referrer: 'referrer',
  'fallback-tag': 'referrer (by fallback tag)',
  'signature-tag': 'cosign .sig',
  'attestation-tag': 'cosign .att',
  'legacy-referrer': 'cosign referrer',
};
