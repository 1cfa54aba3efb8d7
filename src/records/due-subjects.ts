import type { Queryable } from './database.ts';
import { type InForce, LOST_AFTER_MS } from './judgement-due.ts';
import { requestNext } from './receive-subject.ts';

type Due = { readonly subjectId: string; readonly sequence: number };

/**
 * Finds the subjects whose judgement is due, most pressing first, and gives each a fresh sequence: a queue may still
 * hold a failed job under the old one, which would swallow the new. Rows another sweeper holds are left to it.
 */
export async function findDueSubjects(
  db: Queryable,
  context: InForce & { readonly now: Date },
  limit: number,
): Promise<readonly Due[]> {
  const ids = new Set<string>();
  for (const find of [findLost, findTimed, findOutdated]) {
    if (ids.size >= limit) break;
    for (const { id } of await find(db, context, limit - ids.size)) ids.add(id);
  }
  const due: Due[] = [];
  for (const subjectId of ids) due.push({ subjectId, sequence: await requestNext(db, subjectId, context.now) });
  return due;
}

/** Asked for, and nothing has happened since: the job was lost, or the process that ran it. */
async function findLost(db: Queryable, { now }: { readonly now: Date }, limit: number) {
  return db
    .selectFrom('subjects')
    .select('id')
    .whereRef('requested_seq', '>', 'judged_seq')
    .where('progress_at', '<=', new Date(now.getTime() - LOST_AFTER_MS))
    .orderBy('progress_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** The time the last judgement set has come. */
async function findTimed(db: Queryable, { now }: { readonly now: Date }, limit: number) {
  return db
    .selectFrom('subjects')
    .select('id')
    .whereRef('requested_seq', '=', 'judged_seq')
    .where('next_check_at', '<=', now)
    .orderBy('next_check_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** Judged under a policy or trust that is no longer in force; the longest unlooked-at first. */
async function findOutdated(db: Queryable, context: InForce, limit: number) {
  return db
    .selectFrom('subjects as s')
    .innerJoin('verdicts as v', 'v.subject_id', 's.id')
    .select('s.id')
    .where('v.is_current', '=', true)
    .where((eb) =>
      eb.or([eb('v.policy_revision', '!=', context.policyRevision), eb('v.trust_epoch', '!=', context.trustEpoch)]),
    )
    .whereRef('s.requested_seq', '=', 's.judged_seq')
    .where('s.state', 'in', ['final', 'waiting'])
    .orderBy('v.judged_at')
    .limit(limit)
    .forUpdate('s')
    .skipLocked()
    .execute();
}
