// The room `records/inbox`: what registries announced, written down before the source is acknowledged.

import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Digest } from '../../domain/digest.ts';
import { subjectKey } from '../../domain/subject.ts';
import { together } from '../../kit/io/together.ts';
import { storableText } from '../../kit/storable-json.ts';
import type { EventInbox, IntakeReceipt } from '../../ports/event-inbox.ts';
import type { ParkedDelivery } from '../../ports/event-source.ts';
import type { Database, Queryable } from '../database.ts';
import { insertUndo } from '../outbox/insert-undo.ts';
import { parseRecordId } from '../record-id.ts';
import { findMarked, findMarkedAll, type PlacedTag } from '../subjects/find-marked.ts';
import type { InForce } from '../subjects/judgement-due.ts';
import { findSubjectRow, lockSubjects, type SubjectRow, toSubjectRecord } from '../subjects/subject-row.ts';
import { createAcceptEvents } from './accept-events.ts';
import { createAcceptPush, SHARED } from './accept-pushes.ts';
import { type ReceivedSubject, receiveSubject } from './receive-subject.ts';

type Context = InForce & { readonly now: Date; readonly undo?: Digest };

/** Creates the inbox: what sources handed in, and the subjects that came with it. */
export function createEventInbox(database: Database): EventInbox {
  const findBearer = together<PlacedTag, SubjectRow | undefined>(
    (tags) => database.run((db) => findMarkedAll(db, tags)),
    SHARED,
  );
  return {
    findSubject: (subject) =>
      database.run(async (db) => {
        const row = await findSubjectRow(db, subjectKey(subject));
        return row === undefined ? null : toSubjectRecord(row);
      }),
    async findMark(registryId, repository, tag) {
      const row = await findBearer({ registryId, repository, tag });
      return row === undefined ? null : toSubjectRecord(row);
    },
    accept: createAcceptEvents(database),
    acceptPush: createAcceptPush(database),
    findWriter: (place) => database.run((db) => findWriter(db, place)),
    park: (parked, now) => database.run((db) => park(db, parked, now)),
    findUnresolved: (eventId) => database.run((db) => findUnresolved(db, eventId)),
    resolve: (eventId, digest, context) => database.transact((trx) => resolve(trx, eventId, digest, context)),
  };
}

async function findWriter(db: Queryable, place: Parameters<EventInbox['findWriter']>[0]): Promise<string | null> {
  const { registryId, repository, tag, digest } = place;
  const event = (member: string) => sql<string | null>`event ->> ${sql.lit(member)}`;
  const row = await db
    .selectFrom('inbox_events')
    .select(event('actor').as('actor'))
    .where('registry_id', '=', registryId)
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    // This condition lets the database use the index of tags of evidence.
    .where(sql<boolean>`tag LIKE '%sha256-%'`)
    .where((eb) =>
      digest === null
        ? eb(event('kind'), '=', 'delete')
        : eb.or([
            eb(event('digest'), '=', digest),
            // For an event that named only a tag, the digest was found later.
            eb('subject_id', '=', subjectKey({ registryId, repository, digest })),
          ]),
    )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.actor ?? null;
}

async function park(db: Queryable, parked: ParkedDelivery, now: Date): Promise<void> {
  await db
    .insertInto('parked_deliveries')
    .values({
      source_id: parked.sourceId,
      reason: storableText(parked.reason),
      position: storableText(parked.position),
      body: Buffer.from(parked.body),
      received_at: now,
    })
    .onConflict((conflict) => conflict.expression(sql`source_id, position, sha256(body)`).doNothing())
    .execute();
}

async function findUnresolved(db: Queryable, eventId: string) {
  const id = parseRecordId(eventId);
  if (id === undefined) return null;
  const row = await db
    .selectFrom('inbox_events')
    .select(['source_id', 'registry_id', 'repository', 'tag', 'received_at'])
    .where('id', '=', id)
    .where('state', '=', 'unresolved')
    .executeTakeFirst();
  if (row === undefined || row.repository === null || row.tag === null) return null;
  const origin = { sourceId: row.source_id, registryId: row.registry_id };
  return { origin, repository: row.repository, tag: row.tag, receivedAt: row.received_at };
}

async function resolve(
  db: Queryable,
  eventId: string,
  digest: Digest | null,
  context: Context,
): Promise<IntakeReceipt> {
  const row = await db
    .selectFrom('inbox_events')
    .select(['id', 'registry_id', 'repository', 'tag', 'state', 'correlation_id'])
    .where('id', '=', parseRecordId(eventId) ?? 0)
    .forUpdate()
    .executeTakeFirst();
  // Another worker has done it, because the job came twice.
  if (row === undefined || row.repository === null || row.state !== 'unresolved') {
    return { eventId, correlationId: row?.correlation_id ?? randomUUID() };
  }
  if (digest === null) {
    await db.updateTable('inbox_events').set({ state: 'gone' }).where('id', '=', row.id).execute();
    return { eventId, correlationId: row.correlation_id };
  }
  const subject = { registryId: row.registry_id, repository: row.repository, digest };
  if (context.undo !== undefined)
    await lockSubjects(
      db,
      [digest, context.undo].map((each) => subjectKey({ ...subject, digest: each })),
    );
  // Our own tag has come back: that is no announcement of the image.
  const marked = row.tag === null ? undefined : await findMarked(db, { ...subject, tag: row.tag });
  const received =
    marked?.digest === digest
      ? { id: marked.id, correlationId: marked.correlation_id }
      : await receiveSubject(db, subject, { tag: row.tag, correlationId: row.correlation_id }, context);
  const { tag } = row;
  const undo = context.undo === undefined || tag === null ? null : { ...subject, digest: context.undo, tag };
  const effects = undo === null ? [] : await insertUndo(db, { ...undo, now: context.now });
  return { ...(await resolveTo(db, row.id, received)), ...(effects.length > 0 && { effects }) };
}

async function resolveTo(db: Queryable, id: number, received: ReceivedSubject): Promise<IntakeReceipt> {
  await db
    .updateTable('inbox_events')
    .set({ state: 'resolved', subject_id: received.id, correlation_id: received.correlationId })
    .where('id', '=', id)
    .execute();
  const { correlationId, judge } = received;
  return { eventId: String(id), correlationId, ...(judge && { judge }) };
}
