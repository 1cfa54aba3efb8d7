import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Digest } from '../domain/digest.ts';
import { storableJson, storableText } from '../domain/storable-json.ts';
import { type Subject, subjectKey } from '../domain/subject.ts';
import type { EventInbox, IntakeDecision, IntakeReceipt } from '../ports/event-inbox.ts';
import type { EventOrigin, ParkedDelivery } from '../ports/event-source.ts';
import type { Database, Queryable } from './database.ts';
import type { InForce } from './judgement-due.ts';
import { receiveSubject } from './receive-subject.ts';
import { parseRecordId } from './record-id.ts';
import { findSubjectRow, selectSubjects, toSubjectRecord } from './subject-row.ts';

type Context = InForce & { readonly now: Date };

/** Creates the inbox: what sources handed in, and the subjects that came with it. */
export function createEventInbox(database: Database): EventInbox {
  return {
    findSubject: (subject) =>
      database.read(async (db) => {
        const row = await findSubjectRow(db, subjectKey(subject));
        return row === undefined ? null : toSubjectRecord(row);
      }),
    findMark: (registryId, repository, tag) =>
      database.read(async (db) => {
        const row = await findMarked(db, registryId, repository, tag);
        return row === undefined ? null : toSubjectRecord(row);
      }),
    accept: (origin, decisions, context) => database.transact((trx) => acceptAll(trx, origin, decisions, context)),
    park: (parked, now) => database.read((db) => park(db, parked, now)),
    findUnresolved: (eventId) => database.read((db) => findUnresolved(db, eventId)),
    resolve: (eventId, digest, context) => database.transact((trx) => resolve(trx, eventId, digest, context)),
  };
}

/**
 * Looks at the marks recorded, and at the writes begun: a registry may announce our own tag before its answer to the
 * write has reached the record.
 */
async function findMarked(db: Queryable, registryId: string, repository: string, tag: string) {
  return selectSubjects(db)
    .where('s.registry_id', '=', registryId)
    .where('s.repository', '=', repository)
    .where((eb) =>
      eb.or([
        eb('s.mark_tag', '=', tag),
        eb.exists(
          eb
            .selectFrom('effects as e')
            .select('e.id')
            .whereRef('e.subject_id', '=', 's.id')
            .where('e.tag', '=', tag)
            .where('e.state', 'in', ['sending', 'done']),
        ),
      ]),
    )
    .orderBy('s.marked_at', (order) => order.desc().nullsLast())
    .executeTakeFirst();
}

async function acceptAll(
  db: Queryable,
  origin: EventOrigin,
  decisions: readonly IntakeDecision[],
  context: Context,
): Promise<readonly IntakeReceipt[]> {
  const receipts = new Map<IntakeDecision, IntakeReceipt>();
  for (const decision of inLockOrder(origin, decisions)) {
    receipts.set(decision, await acceptOne(db, origin, decision, context));
  }
  return decisions.flatMap((decision) => receipts.get(decision) ?? []);
}

/** Two deliveries that name the same subjects in different orders would wait for each other for ever. */
function inLockOrder(origin: EventOrigin, decisions: readonly IntakeDecision[]): readonly IntakeDecision[] {
  const keyOf = (decision: IntakeDecision) => {
    const subject = subjectOf(origin, decision);
    return subject === undefined ? '' : subjectKey(subject);
  };
  return decisions
    .map((decision) => ({ decision, key: keyOf(decision) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ decision }) => decision);
}

function subjectOf(origin: EventOrigin, { action, event }: IntakeDecision): Subject | undefined {
  if (action !== 'judge' || event.repository === null || event.digest === null) return undefined;
  return { registryId: origin.registryId, repository: event.repository, digest: event.digest };
}

async function acceptOne(
  db: Queryable,
  origin: EventOrigin,
  decision: IntakeDecision,
  context: Context,
): Promise<IntakeReceipt> {
  const { event, action, reason } = decision;
  const subject = subjectOf(origin, decision);
  const own = randomUUID();
  const tag = event.tag === null ? null : storableText(event.tag);
  const received = subject && (await receiveSubject(db, subject, { tag, correlationId: own }, context));
  const correlationId = received?.correlationId ?? own;
  const { id } = await db
    .insertInto('inbox_events')
    .values({
      source_id: origin.sourceId,
      registry_id: origin.registryId,
      received_at: context.now,
      state: action === 'judge' ? 'accepted' : action === 'resolve' ? 'unresolved' : 'ignored',
      reason: reason === null ? null : storableText(reason),
      event: storableJson(event),
      repository: event.repository === null ? null : storableText(event.repository),
      tag,
      subject_id: received?.id ?? null,
      correlation_id: correlationId,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return {
    eventId: String(id),
    correlationId,
    ...(received?.judge && { judge: received.judge }),
    ...(action === 'resolve' && { resolve: true }),
  };
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
  // A second worker, or a job that came twice: the first has done it.
  if (row === undefined || row.repository === null || row.state !== 'unresolved') {
    return { eventId, correlationId: row?.correlation_id ?? randomUUID() };
  }
  if (digest === null) {
    await db.updateTable('inbox_events').set({ state: 'gone' }).where('id', '=', row.id).execute();
    return { eventId, correlationId: row.correlation_id };
  }
  const subject = { registryId: row.registry_id, repository: row.repository, digest };
  const received = await receiveSubject(db, subject, { tag: row.tag, correlationId: row.correlation_id }, context);
  await db
    .updateTable('inbox_events')
    .set({ state: 'resolved', subject_id: received.id, correlation_id: received.correlationId })
    .where('id', '=', row.id)
    .execute();
  return { eventId, correlationId: received.correlationId, ...(received.judge && { judge: received.judge }) };
}
