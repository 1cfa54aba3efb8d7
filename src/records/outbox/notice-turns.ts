import type { PlannedEffect } from '../../ports/effect-outbox.ts';
import type { Queryable } from '../database.ts';
import { latestHonest } from '../subjects/clock-ahead.ts';

type Notice = Extract<PlannedEffect, { kind: 'notice' }>;

/** One notice about one trouble in this time: an outage that fails 5,000 images is one message, not 5,000. */
const TURN_MS = 3_600_000;

/**
 * Leaves out notices about a trouble that was announced within the hour, by whichever image and daemon came first. The
 * turn is taken in the transaction that plans the notice, so that none is lost with it.
 */
export async function chooseNotices(
  db: Queryable,
  { verdictId, now }: { readonly verdictId: number | null; readonly now: Date },
  notices: readonly Notice[],
): Promise<readonly Notice[]> {
  const [first] = notices;
  if (first?.trouble === undefined) return notices;
  // Of what comes and goes while the verdict stays: the record knows what people were told.
  const isOfVerdict = verdictId !== null && first.announcement.kind !== 'evidence-hidden';
  if (!isOfVerdict) return (await takeTurn(db, first.trouble, now)) ? notices : [];
  // A verdict tells of its trouble once: taking the turn for a notice that exists would silence the other images.
  const known = await db
    .selectFrom('effects')
    .select('id')
    .where('verdict_id', '=', verdictId)
    .where('kind', '=', 'notice')
    .where('origin', '=', 'verdict')
    .where((eb) => eb(eb.ref('announcement', '->>').key('kind'), '=', first.announcement.kind))
    .executeTakeFirst();
  return known === undefined && (await takeTurn(db, first.trouble, now)) ? notices : [];
}

/** Takes the turn to tell of a trouble; false if it was told within the hour. */
export async function takeTurn(db: Queryable, trouble: string, now: Date): Promise<boolean> {
  const before = new Date(now.getTime() - TURN_MS);
  const until = latestHonest(now);
  // Looked at first without a lock: in an outage, thousands of looks end here at the same time.
  const last = await db.selectFrom('notice_turns').select('taken_at').where('trouble', '=', trouble).executeTakeFirst();
  if (last !== undefined && last.taken_at > before && last.taken_at <= until) return false;
  const taken = await db
    .insertInto('notice_turns')
    .values({ trouble, taken_at: now })
    .onConflict((conflict) =>
      conflict
        .column('trouble')
        .doUpdateSet({ taken_at: now })
        .where((eb) => eb.or([eb('notice_turns.taken_at', '<=', before), eb('notice_turns.taken_at', '>', until)])),
    )
    .returning('trouble')
    .executeTakeFirst();
  return taken !== undefined;
}

/** Gives back a turn that came to nothing. */
export async function giveTurnBack(db: Queryable, trouble: string): Promise<void> {
  await db.deleteFrom('notice_turns').where('trouble', '=', trouble).execute();
}
