// The room `records/retention`: what is dropped when it is old.

import { type RawBuilder, sql } from 'kysely';
import type { Dropped, KeptKind, RecordKeeping } from '../../ports/record-keeping.ts';
import type { Database } from '../database.ts';
import { latestPlausible } from '../subjects/clock-ahead.ts';

// Any constant will do as long as all our processes share it: "drop" in ASCII.
const DROPPING = 0x64726f70;

/**
 * Creates the dropping of what is old. One process at a time drops, also where one that lost its lead is still at a page.
 */
export function createRecordKeeping(database: Database): RecordKeeping {
  return {
    dropOld: (kind, { now, before, after, most }) =>
      database.transact(async (db) => {
        await sql`SELECT pg_advisory_xact_lock(${DROPPING})`.execute(db);
        const { table, began, isDropped } = KINDS[kind];
        // Rows are numbered as they begin: behind one that is not old none is. What the clock was ahead for tells nothing.
        const { rows } = await sql<Dropped & { seen: number; last: number | null; isOver: boolean }>`
          WITH page AS (
            SELECT * FROM ${sql.table(table)} t WHERE t.id > ${after} ORDER BY t.id LIMIT ${most}
          ), newer AS (
            SELECT min(id) AS id FROM page WHERE ${sql.ref(began)} BETWEEN ${before} AND ${latestPlausible(now)}
          ), old AS (
            SELECT t.id FROM page t, newer WHERE (newer.id IS NULL OR t.id < newer.id) AND ${isDropped(sql`${before}::timestamptz`)}
          ), locked AS (
            SELECT t.id FROM ${sql.table(table)} t WHERE t.id IN (SELECT id FROM old) FOR UPDATE SKIP LOCKED
          ), dropped AS (
            DELETE FROM ${sql.table(table)} t USING locked WHERE t.id = locked.id RETURNING t.id
          )
          SELECT (SELECT count(*) FROM dropped) AS count, count(*) AS seen, max(id) AS last,
            (SELECT id IS NOT NULL FROM newer) AS "isOver" FROM page`.execute(db);
        const [row] = rows;
        if (row === undefined) return { count: 0, next: null };
        return { count: row.count, next: row.isOver || row.seen < most ? null : row.last };
      }),
  };
}

interface Kind {
  readonly table: 'effects' | 'verdicts' | 'inbox_events' | 'parked_deliveries';
  readonly began: string;
  /** Of a row `t`. */
  readonly isDropped: (before: RawBuilder<unknown>) => RawBuilder<boolean>;
}

/** While an image is quarantined, on its way to a verdict, or something is still to be done about it, all of it is kept. */
const ITS_IMAGE_IS_AT_REST = sql<boolean>`NOT EXISTS (SELECT FROM subjects s WHERE s.id = t.subject_id
  AND (s.mark = 'quarantined' OR s.state IN ('pending', 'waiting') OR s.requested_seq > s.judged_seq
    OR EXISTS (SELECT FROM effects o WHERE o.subject_id = s.id AND o.state IN ('pending', 'sending', 'held'))))`;

const KINDS: Readonly<Record<KeptKind, Kind>> = {
  notices: {
    table: 'effects',
    began: 'created_at',
    // Registry writes, and what people asked for, are the audit of what Lazaret did.
    isDropped: (before) => sql`t.kind = 'notice' AND t.origin <> 'manual' AND t.state IN ('done', 'superseded')
      AND greatest(t.created_at, t.done_at) < ${before}
      AND NOT EXISTS (SELECT FROM effects r WHERE r.after_effect = t.id OR r.told_with = t.id)
      AND ${ITS_IMAGE_IS_AT_REST}`,
  },
  verdicts: {
    table: 'verdicts',
    began: 'first_judged_at',
    isDropped: (before) => sql`NOT t.is_current AND greatest(t.first_judged_at, t.judged_at) < ${before}
      AND NOT EXISTS (SELECT FROM effects e WHERE e.verdict_id = t.id) AND ${ITS_IMAGE_IS_AT_REST}`,
  },
  events: {
    table: 'inbox_events',
    began: 'received_at',
    // The last event of a registry tells that it announces, and what was found since without one counts against it.
    isDropped: (before) => sql`t.state <> 'unresolved' AND t.received_at < ${before}
      AND (t.found IS NOT NULL AND t.found IN ('baseline', 'present', 'announced')
        OR t.found IS DISTINCT FROM 'unheard' AND t.id <
          (SELECT max(l.id) FROM inbox_events l WHERE l.registry_id = t.registry_id AND l.found IS NULL))
      AND ${ITS_IMAGE_IS_AT_REST}`,
  },
  deliveries: {
    table: 'parked_deliveries',
    began: 'received_at',
    isDropped: (before) => sql`t.received_at < ${before}`,
  },
};
