import { sql } from 'kysely';
import type { Verdict } from '../../domain/verdict.ts';
import type { SubjectRecord, VerdictRecord } from '../../ports/subject-record.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';

/** What is read of a subject itself. */
export const SUBJECT_COLUMNS = [
  's.id',
  's.registry_id',
  's.repository',
  's.digest',
  's.state',
  's.first_seen_at',
  's.tags',
  's.mark',
  's.mark_tag',
  's.rehearsed_mark',
  's.released_artifact',
  's.correlation_id',
  's.requested_seq',
  's.started_seq',
  's.judged_seq',
  's.fence',
  's.starts',
  's.started_at',
  's.progress_at',
  's.next_check_at',
  's.settled_outcome',
  's.failed_looks',
  's.grace_from',
  's.failing_since',
  's.recalled_until',
  's.marked_at',
  's.marks_lost',
  's.artifact_type',
  's.hidden_evidence',
  's.gap_looks',
  's.gap_since',
  's.grace_renewals',
  's.untold_since',
  's.is_found',
  's.baseline',
] as const;

/** Subjects with their current verdict, ready for `where` clauses; rows are read by `toSubjectRecord`. */
export function selectSubjects(db: Queryable) {
  return db
    .selectFrom('subjects as s')
    .leftJoin('verdicts as v', (join) => join.onRef('v.subject_id', '=', 's.id').on('v.is_current', '=', sql.lit(true)))
    .select([
      ...SUBJECT_COLUMNS,
      'v.id as verdict_id',
      'v.verdict',
      'v.policy_revision',
      'v.trust_epoch',
      'v.judged_at',
      'v.final',
    ]);
}

/** One row of `selectSubjects`. */
export type SubjectRow = Awaited<ReturnType<ReturnType<typeof selectSubjects>['execute']>>[number];

/** What people and rules see of a row. */
export function toSubjectRecord(row: SubjectRow): SubjectRecord {
  return {
    id: row.id,
    registryId: row.registry_id,
    repository: row.repository,
    digest: row.digest,
    state: row.state,
    firstSeenAt: row.first_seen_at,
    tags: row.tags,
    mark: row.mark,
    markTag: row.mark_tag,
    rehearsedMark: row.rehearsed_mark,
    baseline: row.baseline,
    releasedArtifact: row.released_artifact,
    artifactType: row.artifact_type,
    verdict: currentVerdict(row),
    hiddenEvidence: row.hidden_evidence,
    settledOutcome: row.settled_outcome,
    failedLooks: row.failed_looks,
    correlationId: row.correlation_id,
  };
}

function currentVerdict(row: SubjectRow): VerdictRecord | null {
  const { verdict_id, verdict, policy_revision, trust_epoch, judged_at, final } = row;
  if (verdict_id === null || verdict === null || judged_at === null) return null;
  return toVerdictRecord({
    id: verdict_id,
    verdict,
    policy_revision: policy_revision ?? '',
    trust_epoch: trust_epoch ?? 0,
    judged_at,
    final: final ?? false,
  });
}

/** The part of a verdict row that makes a `VerdictRecord`. */
export function toVerdictRecord(row: {
  readonly id: number;
  readonly verdict: Verdict;
  readonly policy_revision: string;
  readonly trust_epoch: number;
  readonly judged_at: Date;
  readonly final: boolean;
}): VerdictRecord {
  return {
    id: String(row.id),
    verdict: row.verdict,
    policyRevision: row.policy_revision,
    trustEpoch: row.trust_epoch,
    judgedAt: row.judged_at,
    final: row.final,
  };
}

const findById = prepare('find_subject', (db, given: Given<{ id: string }>) =>
  selectSubjects(db).where('s.id', '=', given('id')),
);

/** Reads one subject, if it is on record. */
export async function findSubjectRow(db: Queryable, id: string): Promise<SubjectRow | undefined> {
  const [row] = await findById(db, { id });
  return row;
}

const findByIds = prepare('find_subjects', (db, given: Given<{ ids: readonly string[] }>) =>
  selectSubjects(db).where('s.id', '=', sql<string>`any(${given('ids')})`),
);

/** Reads several, those that are on record. */
export async function findSubjectRows(db: Queryable, ids: readonly string[]): Promise<readonly SubjectRow[]> {
  return ids.length === 0 ? [] : findByIds(db, { ids });
}

/**
 * Locks one subject for the rest of the transaction and reads it. Every writer of a subject, its verdicts or its
 * effects takes this lock first, so writers of one subject stand in line and never wait for each other in a circle.
 */
export async function lockSubjectRow(db: Queryable, id: string): Promise<SubjectRow | undefined> {
  await lockSubjects(db, [id]);
  return findSubjectRow(db, id);
}

const lockByIds = prepare('lock_subjects', (db, given: Given<{ ids: readonly string[] }>) =>
  db
    .selectFrom('subjects')
    .select('id')
    .where('id', '=', sql<string>`any(${given('ids')})`)
    .orderBy('id')
    .forUpdate(),
);

/** Locks several subjects, those that are on record, in the one order in which everybody does. */
export async function lockSubjects(db: Queryable, ids: readonly string[]): Promise<void> {
  await lockByIds(db, { ids });
}
