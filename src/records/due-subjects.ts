import type { JudgementRef } from '../ports/event-inbox.ts';
import type { SubjectStore } from '../ports/subject-store.ts';
import { latestHonest } from './clock-ahead.ts';
import type { Queryable } from './database.ts';
import { LOST_AFTER_MS } from './judgement-due.ts';
import { requestNext } from './request-next.ts';

type Context = Parameters<SubjectStore['findDue']>[0];

/**
 * Finds the subjects whose judgement is due, most pressing first, and gives each a fresh sequence: a queue may still
 * hold a failed job under the old one, which would swallow the new. Rows another sweeper holds are left to it.
 */
export async function findDueSubjects(
  db: Queryable,
  context: Context,
  limit: number,
): Promise<readonly JudgementRef[]> {
  const ids = new Set<string>();
  for (const find of [findLost, findTimed, findParked, findOutdated]) {
    if (ids.size >= limit) break;
    for (const { id } of await find(db, context, limit - ids.size)) ids.add(id);
  }
  const due: JudgementRef[] = [];
  for (const subjectId of ids) due.push({ subjectId, sequence: await requestNext(db, subjectId, context.now) });
  return due;
}

/** Asked for, and nothing has happened since: the job was lost, or the process that ran it. */
async function findLost(db: Queryable, { now }: Context, limit: number) {
  return db
    .selectFrom('subjects')
    .select('id')
    .whereRef('requested_seq', '>', 'judged_seq')
    .where((eb) =>
      eb.or([
        eb('progress_at', '<=', new Date(now.getTime() - LOST_AFTER_MS)),
        eb('progress_at', '>', latestHonest(now)),
      ]),
    )
    .orderBy('progress_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** The time the last judgement set has come. */
async function findTimed(db: Queryable, { now }: Context, limit: number) {
  return db
    .selectFrom('subjects')
    .select('id')
    .whereRef('requested_seq', '=', 'judged_seq')
    .where('next_check_at', 'is not', null)
    .where((eb) => eb.or([eb('next_check_at', '<=', now), eb('progress_at', '>', latestHonest(now))]))
    .orderBy('next_check_at')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** Set aside while their registry was not configured, and now it is. */
async function findParked(db: Queryable, { registryIds }: Context, limit: number) {
  if (registryIds.length === 0) return [];
  return db
    .selectFrom('subjects')
    .select('id')
    .where('state', '=', 'parked')
    .where('registry_id', 'in', registryIds)
    .whereRef('requested_seq', '=', 'judged_seq')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/**
 * Judged under a policy or trust that is no longer in force; the longest unlooked-at first. Daemons that number their
 * trust on their own do not undo each other's work for ever: a later epoch is left alone.
 */
async function findOutdated(db: Queryable, context: Context, limit: number) {
  return db
    .selectFrom('subjects as s')
    .innerJoin('verdicts as v', 'v.subject_id', 's.id')
    .select('s.id')
    .where('v.is_current', '=', true)
    .where((eb) =>
      // Smaller or greater, not "other than": these an index can find, and with every image in order it finds none.
      eb.or([
        eb('v.policy_revision', '<', context.policyRevision),
        eb('v.policy_revision', '>', context.policyRevision),
        eb.and([eb('v.policy_revision', '=', context.policyRevision), eb('v.trust_epoch', '<', context.trustEpoch)]),
      ]),
    )
    .whereRef('s.requested_seq', '=', 's.judged_seq')
    .where('s.state', 'in', ['final', 'waiting'])
    .orderBy('v.judged_at')
    .limit(limit)
    .forUpdate('s')
    .skipLocked()
    .execute();
}
