import type { Digest } from '../../domain/digest.ts';
import type { EvidenceTried, RequirementResult, Verdict } from '../../domain/verdict.ts';

/** What `verify` found out, ready to be printed. All text may be hostile. */
export interface VerifyReport {
  /** The image in full, with the tag it was asked for by and the digest it was judged by. */
  readonly image: string;
  /** `null` if the registry could not be asked which digest the tag names. */
  readonly digest: Digest | null;
  readonly verdict: Verdict;
  readonly checkedAt: Date;
}

/** The report as the object that `--output json` prints. Keys are only ever added. */
export function toJsonReport(report: VerifyReport): object {
  const { verdict } = report;
  return {
    image: report.image,
    digest: report.digest,
    outcome: verdict.outcome,
    code: verdict.code,
    reason: verdict.reason,
    policies: verdict.policies,
    onFailure: verdict.onFailure,
    requirements: verdict.requirements.map(toJsonRequirement),
    checkedAt: report.checkedAt.toISOString(),
  };
}

function toJsonRequirement(result: RequirementResult): object {
  const { policy, name, satisfied, code, expected, found, advice, evidence } = result;
  return { policy, name, satisfied, code, expected, found, advice, evidence: evidence.map(toJsonEvidence) };
}

function toJsonEvidence(tried: EvidenceTried): object {
  return {
    digest: tried.evidence.digest,
    place: tried.evidence.place,
    repository: tried.evidence.repository ?? null,
    counted: tried.counted,
    code: tried.code,
    message: tried.message,
    expected: tried.expected ?? null,
    found: tried.found ?? null,
  };
}
