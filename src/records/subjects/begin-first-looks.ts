import { sql } from 'kysely';
import type { JudgementStart } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import { LATE_MS } from '../inbox/grace-start.ts';
import { type Given, prepare } from '../prepare.ts';
import { type KnownEvidenceJson, selectKnownEvidence, toKnownEvidence } from './known-evidence.ts';
import { SUBJECT_COLUMNS, type SubjectRow, toSubjectRecord } from './subject-row.ts';

/** A look that begins. */
export interface FirstLook {
  readonly id: string;
  readonly now: Date;
}

/**
 * Starts the first judgements of subjects in one statement, of those for which it is that: nobody has begun one, the first
 * event is not long ago, and so the grace is counted from it. `null` for each of which nothing was written: what holds must
 * be read first.
 */
export async function beginFirstLooks(
  db: Queryable,
  looks: readonly FirstLook[],
): Promise<readonly (JudgementStart | null)[]> {
  const rows = await begin(db, {
    ids: looks.map(({ id }) => id),
    nows: looks.map(({ now }) => now),
    lateMs: LATE_MS,
  });
  const begun = new Map(rows.map((row) => [row.place, toStart(row)]));
  return looks.map((_, index) => begun.get(index + 1) ?? null);
}

type BegunRow = Pick<SubjectRow, 'id'> & Omit<SubjectRow, keyof typeof NO_VERDICT> & Begun;

interface Begun {
  /** Counted from 1. */
  readonly place: number;
  readonly version: string;
  readonly known: KnownEvidenceJson;
}

const NO_VERDICT = {
  verdict_id: null,
  verdict: null,
  policy_revision: null,
  trust_epoch: null,
  judged_at: null,
  final: null,
};

function toStart(row: BegunRow): JudgementStart {
  return {
    subject: toSubjectRecord({ ...row, ...NO_VERDICT }),
    fence: row.fence,
    starts: row.starts,
    sequence: row.requested_seq,
    graceFrom: row.first_seen_at,
    failingSince: null,
    markedAt: null,
    known: toKnownEvidence(row.known),
    gaps: { looks: 0, since: null },
    firstLook: row.version,
  };
}

interface Looks {
  readonly ids: readonly string[];
  readonly nows: readonly Date[];
  /** A first event that long ago may have waited while nobody ran. */
  readonly lateMs: number;
}

// Rows that somebody else holds are left to the long way, which waits for them: so no two statements wait for each other.
// Each row is looked up by itself, as its lock is taken: a plan made while the table was small would else read all of it.
const begin = prepare('begin_first_looks', (db, given: Given<Looks>) => ({
  compile: () =>
    sql<BegunRow>`
      WITH open AS MATERIALIZED (
        SELECT g.place::integer, g.now, t.at
        FROM unnest(${given('ids')}::text[], ${given('nows')}::timestamptz[]) WITH ORDINALITY AS g(id, now, place)
        CROSS JOIN LATERAL (
          SELECT ctid AS at FROM subjects
          WHERE id = g.id AND state = 'pending' AND requested_seq > 0 AND started_seq = 0 AND mark = 'none'
            AND grace_from IS NULL AND settled_outcome IS NULL AND next_check_at IS NULL
            AND first_seen_at BETWEEN g.now - ${given('lateMs')} * interval '1 millisecond' AND g.now
          FOR NO KEY UPDATE SKIP LOCKED) t
      )
      UPDATE subjects s SET fence = s.fence + 1, starts = s.starts + 1, started_seq = s.requested_seq,
        started_at = open.now, progress_at = open.now, grace_from = s.first_seen_at
      FROM open WHERE s.ctid = open.at
      RETURNING ${sql.join(SUBJECT_COLUMNS.map((column) => sql.ref(column)))}, open.place, s.xmin::text AS version,
        ${selectKnownEvidence()} AS known`.compile(db),
}));
