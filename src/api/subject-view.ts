import type { SubjectHistory } from '../ports/record-query.ts';
import type { SubjectRecord, VerdictRecord } from '../ports/subject-record.ts';

/** A subject as the API shows it. */
export function viewSubject(subject: SubjectRecord): Record<string, unknown> {
  return {
    id: subject.id,
    registry: subject.registryId,
    repository: subject.repository,
    digest: subject.digest,
    tags: subject.tags,
    state: subject.state,
    isImage: subject.state !== 'evidence' && subject.artifactType === null,
    artifactType: subject.artifactType,
    hiddenEvidence: subject.hiddenEvidence,
    outcome: subject.verdict?.verdict.outcome ?? null,
    code: subject.verdict?.verdict.code ?? null,
    reason: subject.verdict?.verdict.reason ?? null,
    final: subject.verdict?.final ?? false,
    settledOutcome: subject.settledOutcome,
    judgedAt: subject.verdict?.judgedAt.toISOString() ?? null,
    mark: subject.mark,
    markTag: subject.markTag,
    rehearsedMark: subject.rehearsedMark,
    firstSeenAt: subject.firstSeenAt.toISOString(),
    correlationId: subject.correlationId,
  };
}

/** Everything on record about a subject, newest first. */
export function viewHistory(history: SubjectHistory): Record<string, unknown> {
  return {
    ...viewSubject(history.subject),
    verdicts: history.verdicts.map((record) => ({
      ...viewVerdict(record),
      findings: record.findings.map(({ verified, ...finding }) => ({
        ...finding,
        ...(verified && { signer: verified.signer, signedAt: verified.signedAt }),
      })),
    })),
    events: history.events.map((event) => ({ ...event, receivedAt: event.receivedAt.toISOString() })),
    effects: history.effects.map((effect) => ({
      ...effect,
      createdAt: effect.createdAt.toISOString(),
      doneAt: effect.doneAt?.toISOString() ?? null,
    })),
  };
}

function viewVerdict(record: VerdictRecord): Record<string, unknown> {
  const { outcome, code, reason, policies, requirements } = record.verdict;
  return {
    id: record.id,
    outcome,
    code,
    reason,
    policies,
    requirements,
    final: record.final,
    policyRevision: record.policyRevision,
    trustEpoch: record.trustEpoch,
    judgedAt: record.judgedAt.toISOString(),
  };
}
