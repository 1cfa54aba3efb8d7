import { sql } from 'kysely';
import type { RegistryEvent } from '../../domain/registry-event.ts';
import { type StorableJson, storableJson } from '../../kit/storable-json.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import type { InboxEventsTable } from '../schema.ts';

/** An event to write into the inbox. */
export interface NewEvent {
  readonly sourceId: string;
  readonly registryId: string;
  readonly now: Date;
  readonly state: InboxEventsTable['state'];
  readonly found: InboxEventsTable['found'];
  readonly reason: string | null;
  readonly event: RegistryEvent;
  /** As the event names it. */
  readonly eventRepository: string | null;
  readonly tag: string | null;
}

/** One whose subject is on record, or that names none. */
export interface KnownEvent extends NewEvent {
  readonly subjectId: string | null;
  readonly correlationId: string;
}

/** Many rows as one value: one statement for however many there are. */
interface Rows {
  readonly rows: StorableJson;
}

/** The members of an event, as the columns of a row; those of its subject are named by `insert-subject`. */
export const EVENT_MEMBERS =
  sql.raw(`"sourceId" text, state text, found text, reason text, event jsonb, "eventRepository" text,
  tag text, "correlationId" text, now timestamptz, "registryId" text`);

const insert = prepare('insert_events', (db, given: Given<Rows>) => ({
  compile: () =>
    sql<{ id: number; place: number }>`
      WITH given AS MATERIALIZED (
        SELECT nextval('inbox_events_id_seq') AS id, g.*
        FROM jsonb_to_recordset(${given('rows')}::jsonb) AS g(place integer, "subjectId" text, ${EVENT_MEMBERS})
      ), inserted AS (
        INSERT INTO inbox_events (id, source_id, registry_id, received_at, state, found, reason, event, repository, tag,
          subject_id, correlation_id)
        OVERRIDING SYSTEM VALUE
        SELECT id, "sourceId", "registryId", now, state, found, reason, event, "eventRepository", tag,
          "subjectId", "correlationId"
        FROM given
      )
      SELECT id, place FROM given ORDER BY place`.compile(db),
}));

/** Writes events; returns their ids in the same order. @throws {Error} if the database gives none: a defect of ours */
export async function insertEvents(db: Queryable, events: readonly KnownEvent[]): Promise<readonly string[]> {
  if (events.length === 0) return [];
  const rows = await insert(db, { rows: storableJson(events.map((event, place) => ({ ...event, place }))) });
  if (rows.length !== events.length) throw new Error('events were inserted without ids');
  return rows.map(({ id }) => String(id));
}
