import { type RawBuilder, sql } from 'kysely';
import type { DueContext } from '../../ports/due-work.ts';
import type { Queryable } from '../database.ts';
import type { DueRow } from './due-reasons.ts';

/** What verdicts are compared with, or what stands for it in a statement. */
type Compared = {
  readonly [K in 'policyRevision' | 'trustEpoch' | 'resting' | 'leaveOutdated']:
    | Required<DueContext>[K]
    | RawBuilder<Required<DueContext>[K]>;
};

/** Judged under other policies (two, because an index finds what is smaller or greater, and in order), or older trust. */
const OUTDATED = {
  earlier: ({ policyRevision }: Compared) => sql<boolean>`policy_revision < ${policyRevision}`,
  later: ({ policyRevision }: Compared) => sql<boolean>`policy_revision > ${policyRevision}`,
  // Daemons that number their trust on their own do not undo each other's work for ever: a later epoch is left alone.
  older: ({ policyRevision, trustEpoch }: Compared) =>
    sql<boolean>`policy_revision = ${policyRevision} AND trust_epoch < ${trustEpoch}`,
} as const satisfies Record<string, (to: Compared) => RawBuilder<boolean>>;

type Which = keyof typeof OUTDATED;

/**
 * Whether anything was judged under policies or trust that are no longer in force: by the first or the last entry of one
 * index, so that it costs nothing where nothing was. A condition that is true of no row the server would look for in all
 * of them, because it is true of many verdicts that are no longer current.
 */
export function isAnyOutdated(which: Which, to: Compared): RawBuilder<boolean> {
  const { policyRevision, trustEpoch, leaveOutdated } = to;
  const made = sql`FROM verdicts WHERE is_current AND NOT is_moot`;
  const isAny = {
    earlier: sql`(SELECT min(policy_revision) ${made}) < ${policyRevision}`,
    later: sql`(SELECT max(policy_revision) ${made}) > ${policyRevision}`,
    older: sql`(SELECT min(trust_epoch) ${made} AND policy_revision = ${policyRevision}) < ${trustEpoch}`,
  }[which];
  return sql`(NOT ${leaveOutdated} AND coalesce(${isAny}, false))`;
}

/** Few enough that the server reads them by the index, one by one, instead of all that is outdated. */
const POOL = 1_000;

/** Where a round has come to in the order of the index. */
interface Position {
  readonly policy_revision: string;
  readonly trust_epoch: number;
  readonly judged_at: Date;
}

type OutdatedRow = Position & DueRow & { readonly isDue: boolean };

/**
 * Creates a reader that looks at some of them in each round, and in the next at those behind, the longest unlooked-at of
 * one revision and epoch first: what was asked for and is not judged yet is still outdated, and is not read again before
 * all others were.
 */
export function createOutdatedReader(which: Which): (db: Queryable, to: Compared) => Promise<readonly DueRow[]> {
  let after: Position | undefined;
  return async (db, to) => {
    const behind =
      after === undefined
        ? sql`true`
        : sql`(policy_revision, trust_epoch, judged_at) > (${after.policy_revision}, ${after.trust_epoch}, ${after.judged_at})`;
    // `OFFSET 0` keeps the server from reading all subjects to join them.
    const { rows } = await sql<OutdatedRow>`
      SELECT v.*, s.id, s.requested_seq, s.registry_id AS party, s.repository, v.judged_at AS due,
        s.requested_seq <= s.judged_seq AND s.state IN ('final', 'waiting') AND s.registry_id <> ALL (${to.resting}) AS "isDue"
      FROM (SELECT subject_id, policy_revision, trust_epoch, judged_at FROM verdicts
        WHERE is_current AND NOT is_moot AND ${OUTDATED[which](to)} AND ${behind} AND NOT ${to.leaveOutdated}
        ORDER BY policy_revision, trust_epoch, judged_at LIMIT ${sql.lit(POOL)}) v
      CROSS JOIN LATERAL (SELECT * FROM subjects WHERE id = v.subject_id OFFSET 0) s
      ORDER BY v.policy_revision, v.trust_epoch, v.judged_at`.execute(db);
    after = rows.length === POOL ? rows.at(-1) : undefined;
    return rows.filter(({ isDue }) => isDue);
  };
}
