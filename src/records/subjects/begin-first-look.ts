import { sql } from 'kysely';
import type { JudgementStart } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import { LATE_MS } from '../inbox/grace-start.ts';
import { type Given, prepare } from '../prepare.ts';
import { selectKnownEvidence, toKnownEvidence } from './known-evidence.ts';
import { SUBJECT_COLUMNS, toSubjectRecord } from './subject-row.ts';

/**
 * Starts the first judgement of a subject in one statement, if it is that: nobody has begun one, its first event is not
 * long ago, and so its grace is counted from it. `null`: nothing was written, and what holds must be read first.
 */
export async function beginFirstLook(db: Queryable, id: string, now: Date): Promise<JudgementStart | null> {
  const [row] = await begin(db, { id, now, punctual: new Date(now.getTime() - LATE_MS) });
  if (row === undefined) return null;
  const noVerdict = { verdict_id: null, verdict: null, policy_revision: null, trust_epoch: null };
  return {
    subject: toSubjectRecord({ ...row, ...noVerdict, judged_at: null, final: null }),
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

interface FirstLook {
  readonly id: string;
  readonly now: Date;
  /** A first event before this may have waited while nobody ran. */
  readonly punctual: Date;
}

const begin = prepare('begin_first_look', (db, given: Given<FirstLook>) =>
  db
    .updateTable('subjects as s')
    .set((eb) => ({
      fence: eb('s.fence', '+', 1),
      starts: eb('s.starts', '+', 1),
      started_seq: eb.ref('s.requested_seq'),
      started_at: given('now'),
      progress_at: given('now'),
      grace_from: eb.ref('s.first_seen_at'),
    }))
    .where('s.id', '=', given('id'))
    .where('s.state', '=', sql.lit('pending'))
    .where('s.requested_seq', '>', sql.lit(0))
    .where('s.started_seq', '=', sql.lit(0))
    .where('s.mark', '=', sql.lit('none'))
    .where('s.grace_from', 'is', null)
    .where('s.settled_outcome', 'is', null)
    .where('s.next_check_at', 'is', null)
    .where('s.first_seen_at', '<=', given('now'))
    .where('s.first_seen_at', '>=', given('punctual'))
    .returning(SUBJECT_COLUMNS)
    .returning([sql<string>`s.xmin::text`.as('version'), selectKnownEvidence().as('known')]),
);
