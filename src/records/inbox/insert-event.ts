import type { StorableJson } from '../../kit/storable-json.ts';
import type { Queryable } from '../database.ts';
import { type Given, prepare } from '../prepare.ts';
import type { InboxEventsTable } from '../schema.ts';
import { insertingSubject, type NewSubject } from './insert-subject.ts';

/** An event to write into the inbox. */
export interface NewEvent {
  readonly sourceId: string;
  readonly registryId: string;
  readonly now: Date;
  readonly state: InboxEventsTable['state'];
  readonly found: InboxEventsTable['found'];
  readonly reason: string | null;
  readonly event: StorableJson;
  /** As the event names it. */
  readonly eventRepository: string | null;
  readonly tag: string | null;
}

interface KnownEvent extends NewEvent {
  readonly subjectId: string | null;
  readonly correlationId: string;
}

const COLUMNS = [
  'source_id',
  'registry_id',
  'received_at',
  'state',
  'found',
  'reason',
  'event',
  'repository',
  'tag',
  'subject_id',
  'correlation_id',
] as const;

const insert = prepare('insert_event', (db, given: Given<KnownEvent>) =>
  db
    .insertInto('inbox_events')
    .values({
      source_id: given('sourceId'),
      registry_id: given('registryId'),
      received_at: given('now'),
      state: given('state'),
      found: given('found'),
      reason: given('reason'),
      event: given('event'),
      repository: given('eventRepository'),
      tag: given('tag'),
      subject_id: given('subjectId'),
      correlation_id: given('correlationId'),
    })
    .returning('id'),
);

/** Writes an event; returns its id. @throws {Error} if the database gives none: a defect of ours */
export async function insertEvent(db: Queryable, event: KnownEvent): Promise<string> {
  const [row] = await insert(db, event);
  if (row === undefined) throw new Error('an event was inserted without an id');
  return String(row.id);
}

const insertFirst = prepare('insert_first_event', (db, given: Given<NewEvent & NewSubject>) =>
  db
    .with('created', () => insertingSubject(db, given))
    .insertInto('inbox_events')
    .columns(COLUMNS)
    .expression((eb) =>
      eb
        .selectFrom('created')
        .select([
          given('sourceId').as('source_id'),
          given('registryId').as('registry_id'),
          given('now').as('received_at'),
          given('state').as('state'),
          given('found').as('found'),
          given('reason').as('reason'),
          given('event').as('event'),
          given('eventRepository').as('repository'),
          given('tag').as('tag'),
          'created.id',
          'created.correlation_id',
        ]),
    )
    .returning('id'),
);

/** Writes an event with the subject it names, in one statement; `undefined`, and nothing, if the subject is known. */
export async function insertFirstEvent(
  db: Queryable,
  subject: NewSubject,
  event: NewEvent,
): Promise<string | undefined> {
  const [row] = await insertFirst(db, { ...event, ...subject });
  return row && String(row.id);
}
