import type { RecordedWrite } from '../../ports/recorded-write.ts';
import type { Queryable } from '../database.ts';
import { requireColumn } from './require-column.ts';

/** Registry writes with the image and the verdict they are about, ready for `where` clauses; rows are read by `toRecordedWrite`. */
export function selectWrites(db: Queryable) {
  return db
    .selectFrom('effects as e')
    .innerJoin('subjects as s', 's.id', 'e.subject_id')
    .leftJoin('verdicts as v', 'v.id', 'e.verdict_id')
    .select(['e.id', 'e.kind', 'e.tag', 'e.created_at', 'e.done_at', 'e.error', 'e.limited_by', 'e.resumed_by'])
    .select(['s.registry_id', 's.repository', 's.digest', 's.tags', 'v.verdict'])
    .where('e.kind', '!=', 'notice');
}

/** One row of `selectWrites`. */
export type WriteRow = Awaited<ReturnType<ReturnType<typeof selectWrites>['execute']>>[number];

/** What people see of a row. @throws {FaultError} `RECORD_MALFORMED` */
export function toRecordedWrite(row: WriteRow): RecordedWrite {
  const { kind, verdict } = row;
  if (kind === 'notice') throw new TypeError('a notice is no write');
  return {
    id: String(row.id),
    registryId: row.registry_id,
    repository: row.repository,
    digest: row.digest,
    tags: row.tags,
    kind,
    mark: requireColumn(row, 'tag'),
    plannedAt: row.created_at,
    verdict: verdict && {
      outcome: verdict.outcome,
      code: verdict.code,
      reason: verdict.reason,
      policies: verdict.policies,
    },
  };
}
