import { sql } from 'kysely';
import type { JobKind } from '../../ports/job-queue.ts';
import type { Queryable } from '../database.ts';
import { parseRecordId } from '../record-id.ts';

interface Asked {
  readonly ids: readonly string[];
  readonly now: Date;
}

/** See `DueWork.findEnded`. */
export async function findEnded(db: Queryable, kind: JobKind, asked: Asked): Promise<readonly string[]> {
  switch (kind) {
    case 'judge-subject':
      return judged(db, asked);
    case 'resolve-event':
      return resolved(db, asked);
    case 'apply-quarantine':
    case 'send-notice':
      return done(db, asked);
  }
}

async function judged(db: Queryable, { ids }: Asked): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('subjects')
    .select('id')
    .where('id', '=', sql<string>`any(${ids})`)
    .whereRef('requested_seq', '=', 'judged_seq')
    .execute();
  return rows.map(({ id }) => id);
}

async function resolved(db: Queryable, { ids }: Asked): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('inbox_events')
    .select('id')
    .where('id', '=', sql<number>`any(${numbers(ids)})`)
    .where('state', '!=', 'unresolved')
    .execute();
  return rows.map(({ id }) => String(id));
}

/** What is tried again later is not wanted now either. */
async function done(db: Queryable, { ids, now }: Asked): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('effects')
    .select('id')
    .where('id', '=', sql<number>`any(${numbers(ids)})`)
    .where((eb) =>
      eb.and([
        eb('state', '!=', 'sending'),
        eb.or([eb('state', 'not in', ['pending', 'held']), eb('due_at', 'is', null), eb('due_at', '>', now)]),
      ]),
    )
    .execute();
  return rows.map(({ id }) => String(id));
}

function numbers(ids: readonly string[]): readonly number[] {
  return ids.flatMap((id) => parseRecordId(id) ?? []);
}
