import type { Finding } from '../../domain/finding.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { askedOfEach } from '../../policy/read/levels.ts';
import { rejudge } from '../../policy/rejudge/rejudge.ts';
import type { StoredQuestion } from '../../ports/record-judge.ts';

/** The pass that what is on record suffices for, or `null`. Pure: the same record and policies give the same anywhere. */
export function judgeStored({ findings, inForce, now, ...stored }: Omit<StoredQuestion, 'policies'>): Verdict | null {
  const subject = { ...stored, findings: JSON.parse(findings) as readonly Finding[] };
  const { own, policies } = rejudge(subject, inForce, now);
  // Each image in it is asked, and what those prove is on record elsewhere.
  if (stored.isIndex && askedOfEach(policies).length > 0) return null;
  return own.kind === 'told' && own.verdict.outcome === 'pass' ? own.verdict : null;
}
