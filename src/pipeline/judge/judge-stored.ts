import type { Finding } from '../../domain/finding.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { askedOfEach } from '../../policy/read/levels.ts';
import { rejudge } from '../../policy/rejudge/rejudge.ts';
import type { StoredQuestion } from '../../ports/record-judge.ts';

/** The pass that what is on record suffices for, or `null`. Pure: the same record and policies give the same anywhere. */
export function judgeStored({ findings, inForce, now, ...stored }: Omit<StoredQuestion, 'policies'>): Verdict | null {
  const subject = { ...stored, findings: JSON.parse(findings) as readonly Finding[] };
  const { own, policies } = rejudge(subject, inForce, now);
  // Policies ask each image in it, and the evidence of those is on record with them.
  if (stored.isIndex && askedOfEach(policies).length > 0) return null;
  return own.kind === 'told' && own.verdict.outcome === 'pass' ? own.verdict : null;
}
