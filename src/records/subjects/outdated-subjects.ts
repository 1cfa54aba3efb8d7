import { type RawBuilder, sql } from 'kysely';
import type { DueContext } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';

/** What verdicts are compared with, or what stands for it in a statement. */
type Compared = {
  readonly [K in 'policyRevision' | 'trustEpoch' | 'resting' | 'leaveOutdated']:
    | Required<DueContext>[K]
    | RawBuilder<Required<DueContext>[K]>;
};

/**
 * Whether anything was judged under policies or trust that are no longer in force: by the first and the last entry of
 * one index, so that it costs nothing where nothing was. A condition that is true of no row the server would look for
 * in all of them, because it is true of many verdicts that are no longer current.
 */
export function isAnyOutdated({ policyRevision, trustEpoch, leaveOutdated }: Compared): RawBuilder<boolean> {
  const made = sql`FROM verdicts WHERE is_current AND NOT is_moot`;
  return sql`NOT ${leaveOutdated} AND coalesce(
    (SELECT min(policy_revision) ${made}) < ${policyRevision} OR (SELECT max(policy_revision) ${made}) > ${policyRevision}
    OR (SELECT min(trust_epoch) ${made} AND policy_revision = ${policyRevision}) < ${trustEpoch}, false)`;
}

/** Judged under other policies: two reasons, because an index finds what is smaller or greater, and in order. */
export function earlier(db: Queryable, to: Compared) {
  return outdated(db, to).where('v.policy_revision', '<', to.policyRevision);
}

export function later(db: Queryable, to: Compared) {
  return outdated(db, to).where('v.policy_revision', '>', to.policyRevision);
}

/**
 * Judged under older trust. Daemons that number their trust on their own do not undo each other's work for ever: a later
 * epoch is left alone.
 */
export function older(db: Queryable, to: Compared) {
  return outdated(db, to).where('v.policy_revision', '=', to.policyRevision).where('v.trust_epoch', '<', to.trustEpoch);
}

/** In the order of the index that finds it: of one revision and epoch the longest unlooked-at first. */
function outdated(db: Queryable, to: Compared) {
  return (
    db
      .selectFrom('verdicts as v')
      .innerJoin('subjects as s', 's.id', 'v.subject_id')
      .select(['s.id', 's.requested_seq', 's.registry_id', 's.repository', 'v.judged_at as due'])
      .where('s.registry_id', '!=', sql<string>`all(${to.resting})`)
      .where('v.is_current', '=', sql.lit(true))
      .where('v.is_moot', '=', sql.lit(false))
      .where(sql<boolean>`NOT ${to.leaveOutdated}`)
      // It is never less; "equal" the server takes for rare, and would read all there are to find them.
      .whereRef('s.requested_seq', '<=', 's.judged_seq')
      .where('s.state', 'in', ['final', 'waiting'])
      .orderBy('v.policy_revision')
      .orderBy('v.trust_epoch')
      .orderBy('v.judged_at')
  );
}
