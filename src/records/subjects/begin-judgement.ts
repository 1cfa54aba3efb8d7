import { sql } from 'kysely';
import type { JudgementStart } from '../../ports/judgements.ts';
import type { Queryable } from '../database.ts';
import { graceStart } from '../inbox/grace-start.ts';
import { type Given, prepare } from '../prepare.ts';
import { isUnderWay, type JudgementClock } from './judgement-due.ts';
import { selectKnownEvidence, toKnownEvidence } from './known-evidence.ts';
import { type SubjectRow, selectSubjects, toSubjectRecord } from './subject-row.ts';

/**
 * Starts a judgement that may not be the first, without a transaction: the row is written if nobody has changed it since it was read, else it is
 * read again. `null` if there is nothing to judge, or another judgement of it is under way.
 */
export async function beginJudgement(db: Queryable, id: string, clock: JudgementClock): Promise<JudgementStart | null> {
  const { now } = clock;
  for (;;) {
    const [row] = await read(db, { id });
    // One at a time: otherwise whoever pushes evidence faster than it is looked at keeps every look from its end.
    if (row === undefined || isUnderWay(row, clock)) return null;
    const sequence = sequenceToJudge(row, now);
    if (sequence === null) return null;
    const started = { fence: row.fence + 1, starts: row.starts + 1, sequence, graceFrom: graceStart(row, now) };
    const isRenewed = started.graceFrom > (row.grace_from ?? row.first_seen_at);
    const renewals = row.grace_renewals + (isRenewed ? 1 : 0);
    const [written] = await write(db, { ...started, id, now, renewals, version: row.version });
    if (written === undefined) continue;
    const known = toKnownEvidence(row.known);
    const { failing_since: failingSince, marked_at: markedAt } = row;
    const gaps = { looks: row.gap_looks, since: row.gap_since };
    return { subject: toSubjectRecord(row), ...started, failingSince, markedAt, known, gaps };
  }
}

// The number of the transaction that wrote a row is another after every change of it:
// https://www.postgresql.org/docs/18/ddl-system-columns.html
const read = prepare('subject_to_judge', (db, given: Given<{ id: string }>) =>
  selectSubjects(db)
    .select([sql<string>`s.xmin::text`.as('version'), selectKnownEvidence().as('known')])
    .where('s.id', '=', given('id')),
);

interface Start {
  readonly id: string;
  readonly version: string;
  readonly fence: number;
  readonly starts: number;
  readonly sequence: number;
  readonly graceFrom: Date;
  readonly renewals: number;
  readonly now: Date;
}

const write = prepare('begin_judgement', (db, given: Given<Start>) =>
  db
    .updateTable('subjects')
    .set({
      fence: given('fence'),
      starts: given('starts'),
      requested_seq: given('sequence'),
      started_seq: given('sequence'),
      started_at: given('now'),
      progress_at: given('now'),
      grace_from: given('graceFrom'),
      grace_renewals: given('renewals'),
    })
    .where('id', '=', given('id'))
    .where(sql<boolean>`xmin = ${given('version')}::xid`)
    .returning('id'),
);

/** The newest request; or a new one, for a delayed job that comes at the time the last judgement set. */
function sequenceToJudge(row: SubjectRow, now: Date): number | null {
  if (row.requested_seq > row.judged_seq) return row.requested_seq;
  const isTime = row.next_check_at !== null && row.next_check_at <= now;
  return isTime ? row.requested_seq + 1 : null;
}
