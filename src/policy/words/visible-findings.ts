import type { Finding } from '../../domain/finding.ts';
import { evidenceRepositoryName, type ImagePolicy } from '../../domain/policy.ts';

/**
 * The findings that may count for a policy: those of evidence in the image's own repository and in the repositories the
 * policy names. Evidence from a repository that only another policy names does not count for this one.
 */
export function visibleFindings(policy: ImagePolicy, findings: readonly Finding[]): readonly Finding[] {
  const named = new Set((policy.evidence ?? []).map(evidenceRepositoryName));
  return findings.filter(({ evidence: { repository } }) => repository === undefined || named.has(repository));
}
