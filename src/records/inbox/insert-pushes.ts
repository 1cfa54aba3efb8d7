import { sql } from 'kysely';
import { storableJson } from '../../kit/storable-json.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import type { InForce } from '../subjects/judgement-due.ts';
import { EVENT_MEMBERS, type NewEvent } from './insert-event.ts';
import { insertingSubjects, type NewSubject, SUBJECT_MEMBERS } from './insert-subject.ts';

/** The announced push of a digest, with its subject as it would be if it were new. */
export type PushEvent = NewEvent & NewSubject & InForce;

/** What was written of one. */
export interface WrittenPush {
  readonly eventId: string;
  readonly correlationId: string;
  /** Its subject is new, and asks for its first judgement. */
  readonly isFirst: boolean;
}

/**
 * What `recogniseRepeat` says, of the repeats that come by thousands: of what passes, of what waits for its evidence, of
 * what is asked for already. Whatever else it may be is left to that rule; what is recognised here must be by it too.
 */
const ASKS_FOR_NOTHING = sql`
  (g.tag IS NULL OR g.tag = ANY (s.tags)) AND NOT s.is_found AND s.baseline IS DISTINCT FROM 'recorded' AND (
    s.requested_seq > s.started_seq
    OR s.requested_seq > s.judged_seq AND (v.outcome = 'pass' OR v.id IS NULL AND s.next_check_at > g.now)
    OR s.state = 'waiting' AND s.next_check_at IS NOT NULL AND v.outcome <> 'indeterminate'
    OR s.state = 'final' AND v.final AND v.outcome = 'pass' AND v.policy_revision = g."policyRevision"
      AND v.trust_epoch >= g."trustEpoch")`;

// Whose mark a tag is, or whose write of it has begun: see `findMarkedAll`. As values, each found by its index: of `EXISTS`
// PostgreSQL may read the whole table once a statement instead.
const IS_A_MARK = sql`
  coalesce(
    (SELECT true FROM subjects m WHERE m.registry_id = g."registryId" AND m.repository = g.repository AND m.mark_tag = g.tag
      LIMIT 1),
    (SELECT true FROM effects e WHERE e.tag = g.tag AND e.kind IN ('quarantine', 'release')
      AND e.state IN ('sending', 'done') LIMIT 1),
    false)`;

const insert = prepare('insert_pushes', (db, given: Given<{ rows: string }>) => ({
  compile: () =>
    sql<{ event_id: number; place: number; correlation_id: string; is_first: boolean }>`
      WITH given AS MATERIALIZED (
        SELECT g.* FROM jsonb_to_recordset(${given('rows')}::jsonb)
          AS g(place integer, ${SUBJECT_MEMBERS}, ${EVENT_MEMBERS}, "policyRevision" text, "trustEpoch" bigint)
        WHERE g.tag IS NULL OR NOT (${IS_A_MARK})
      ), known AS MATERIALIZED (
        SELECT g.place, g.id, s.correlation_id, (${ASKS_FOR_NOTHING}) AS is_repeat
        FROM given g
        JOIN subjects s ON s.id = g.id
        LEFT JOIN verdicts v ON v.subject_id = s.id AND v.is_current
      ), firsts AS MATERIALIZED (
        -- In one order everywhere: two statements with the same subjects would else wait for each other.
        SELECT DISTINCT ON (id) * FROM given WHERE id NOT IN (SELECT id FROM known) ORDER BY id, place
      ), created AS (${insertingSubjects(sql.table('firsts'))} RETURNING id
      ), written AS MATERIALIZED (
        SELECT nextval('inbox_events_id_seq') AS event_id, w.* FROM (
          SELECT place, id, "correlationId" AS correlation_id, true AS is_first FROM created JOIN firsts USING (id)
          UNION ALL
          SELECT place, id, correlation_id, false FROM known WHERE is_repeat
          ORDER BY id, place) w
      ), inserted AS (
        INSERT INTO inbox_events (id, source_id, registry_id, received_at, state, found, reason, event, repository, tag,
          subject_id, correlation_id)
        OVERRIDING SYSTEM VALUE
        SELECT event_id, "sourceId", "registryId", now, g.state, found, reason, event, "eventRepository", tag, w.id,
          correlation_id
        FROM written w JOIN given g USING (place)
      )
      SELECT event_id, place, correlation_id, is_first FROM written`.compile(db),
}));

/**
 * Writes announced pushes in one statement, and the subjects that are new: those whose tag is no mark, and whose subject
 * is unknown or asked for nothing by it. `undefined` for each of which nothing was written.
 */
export async function insertPushes(
  db: Queryable,
  pushes: readonly PushEvent[],
): Promise<readonly (WrittenPush | undefined)[]> {
  const written: (WrittenPush | undefined)[] = pushes.map(() => undefined);
  for (const row of await insert(db, { rows: storableJson(pushes.map((push, place) => ({ ...push, place }))) })) {
    const { place, event_id, correlation_id, is_first } = row;
    written[place] = { eventId: String(event_id), correlationId: correlation_id, isFirst: is_first };
  }
  return written;
}
