import { digestOf } from '../../src/domain/digest.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { compareVerdicts, type JudgedSubject, rejudge } from '../../src/policy/rejudge/rejudge.ts';
import {
  attestationBy,
  certificate,
  IMAGE,
  identityRule,
  NOW,
  pattern,
  policyOf,
  signatureBy,
  verified,
} from '../support/findings.ts';
import type { Figure } from './report.ts';
import { spreadOf } from './statistics.ts';

const SUBJECTS = 20_000;

/**
 * Stored subjects judged anew under other policies, per second of CPU: what `lazaret policy diff` does with each. Three
 * findings a subject, two requirements, half of the verdicts flip.
 */
export async function benchRejudge(runs: number): Promise<readonly Figure[]> {
  const subjects = Array.from({ length: SUBJECTS }, (_, index) => subject(index));
  const next = { revision: 'next', noMatch: 'alert' as const, policies: [policy('https://github.com/acme/even/.*')] };
  const perSecond: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    let flips = 0;
    for (const stored of subjects)
      if (compareVerdicts(stored, rejudge(stored, next, NOW).own).kind === 'flips') flips += 1;
    const { user, system } = process.cpuUsage(before);
    if (flips !== SUBJECTS / 2) throw new Error(`expected half of the verdicts to flip, got ${flips}`);
    perSecond.push(SUBJECTS / ((user + system) / 1e6));
  }
  return [{ name: 'subjects judged anew per second of CPU', unit: '/s', ...spreadOf(perSecond) }];
}

const BEFORE = policy('https://github.com/acme/.*');

function policy(subjects: string): ReturnType<typeof policyOf> {
  const rule = identityRule(pattern(subjects));
  return policyOf([signatureBy([rule]), attestationBy([rule])]);
}

function subject(index: number): JudgedSubject {
  const signer = certificate(`https://github.com/acme/${index % 2 === 0 ? 'even' : 'odd'}/.github/workflows/w.yml@v1`);
  const stranger = certificate('https://github.com/mallory/app/.github/workflows/w.yml@v1');
  const predicateType = 'https://cyclonedx.org/bom';
  const findings: Finding[] = [
    verified({ signer }),
    verified({ signer, predicateType }),
    verified({ signer: stranger }),
  ];
  const digest = digestOf(Buffer.from(`image ${index}`));
  const verdict = judge({ policies: [BEFORE], noMatch: 'alert', image: IMAGE, digest, findings, now: NOW });
  return { image: IMAGE, digest, verdict, findings };
}
