import type { JudgementRef } from '../../ports/event-inbox.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import { laneOf } from './lane-of.ts';

const raise = prepare('request_judgement', (db, given: Given<{ id: string; now: Date }>) =>
  db
    .updateTable('subjects')
    .set((eb) => ({
      requested_seq: eb('requested_seq', '+', 1),
      progress_at: given('now'),
      // What was announced before it was there is waited for from when it may be: whoever can announce could otherwise
      // use up the grace of an image that is still to be pushed. Once it was read, its grace runs: deleting it and
      // pushing it again would begin it anew for ever.
      grace_from: eb
        .case()
        .when(eb.and([eb('state', '=', 'gone'), eb('settled_outcome', 'is', null), eb('is_index', 'is', null)]))
        .then(given('now'))
        .else(eb.ref('grace_from'))
        .end(),
      state: eb
        .case()
        .when('state', 'in', ['gone', 'parked'])
        .then('pending' as const)
        .else(eb.ref('state'))
        .end(),
    }))
    .where('id', '=', given('id'))
    .returning(['requested_seq', 'registry_id', 'repository']),
);

/**
 * Asks for one more judgement of a subject that the caller has locked. One that was gone, or set aside, is pending again.
 * @throws {Error} if its row is gone although it is locked: a defect of ours
 */
export async function requestNext(db: Queryable, id: string, now: Date): Promise<JudgementRef> {
  const [row] = await raise(db, { id, now });
  if (row === undefined) throw new Error('a subject vanished while it was locked');
  return { subjectId: id, sequence: row.requested_seq, lane: laneOf(row) };
}
