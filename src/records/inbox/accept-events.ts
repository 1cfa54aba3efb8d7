import { randomUUID } from 'node:crypto';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import { FaultError } from '../../kit/errors.ts';
import { together } from '../../kit/io/together.ts';
import { storableText } from '../../kit/storable-json.ts';
import type { EventInbox, IntakeDecision, IntakeReceipt } from '../../ports/event-inbox.ts';
import type { EventOrigin } from '../../ports/event-source.ts';
import type { Database, Queryable } from '../database.ts';
import { insertUndo } from '../outbox/insert-undo.ts';
import type { InForce } from '../subjects/judgement-due.ts';
import { findSubjectRows, lockSubjects } from '../subjects/subject-row.ts';
import { askForRepository } from '../sweeps/ask-for-repository.ts';
import { SHARED } from './accept-pushes.ts';
import { insertEvents, type KnownEvent, type NewEvent } from './insert-event.ts';
import { type NamingEvent, type ReceivedSubject, receiveSubject, recogniseRepeat } from './receive-subject.ts';

type Context = InForce & { readonly now: Date };

/** One event, and what was decided about it. */
interface Accepted extends NamingEvent {
  readonly origin: EventOrigin;
  readonly decision: IntakeDecision;
  readonly context: Context;
  /** What it asks to be judged. */
  readonly subject?: Subject;
  /** The image for which its tag is to be put right. */
  readonly undo?: Subject;
}

/** Writes the events of one delivery and the subjects they name: all or none. */
export type AcceptEvents = EventInbox['accept'];

/**
 * Nearly all deliveries bring one event: those that wait at the same time share their statements, and so their commits.
 * One that fails there, or whose subject must be changed, is written by itself.
 */
export function createAcceptEvents(database: Database): AcceptEvents {
  const acceptShared = together<Accepted, IntakeReceipt | undefined>(
    (events) => acceptTogether(database, events),
    SHARED,
  );
  return async (origin, decisions, context) => {
    const events = decisions.map((decision) => accepted(origin, decision, context));
    const [first, ...more] = events;
    if (first !== undefined && more.length === 0 && first.undo === undefined && first.decision.action !== 'look') {
      const receipt = await acceptShared(first);
      if (receipt !== undefined) return [receipt];
    }
    return database.transact((trx) => acceptAll(trx, events));
  };
}

/**
 * Accepts the events of different deliveries that ask for nothing new, in a statement that is a transaction of its own.
 * `undefined`: nothing was written of this one.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`, before anything was written
 */
async function acceptTogether(
  database: Database,
  events: readonly Accepted[],
): Promise<readonly (IntakeReceipt | undefined)[]> {
  const receipts = new Map<Accepted, IntakeReceipt>();
  try {
    await database.run(async (db) => {
      await acceptRepeats(db, events, receipts);
    });
  } catch (error) {
    // One of them may be to blame, and what was written has its receipt. A database that is away would refuse each.
    if (events.length === 1 || (receipts.size === 0 && error instanceof FaultError)) throw error;
  }
  return events.map((event) => receipts.get(event));
}

async function acceptRepeats(db: Queryable, events: readonly Accepted[], receipts: Map<Accepted, IntakeReceipt>) {
  const ids = events.flatMap(({ subject }) => (subject === undefined ? [] : [subjectKey(subject)]));
  const rows = new Map((await findSubjectRows(db, [...new Set(ids)])).map((row) => [row.id, row]));
  const repeats: { readonly event: Accepted; readonly known: ReceivedSubject | undefined }[] = [];
  for (const event of events) {
    const row = event.subject && rows.get(subjectKey(event.subject));
    const known = row && recogniseRepeat(row, event, event.context);
    if (event.subject === undefined || known !== undefined) repeats.push({ event, known });
  }
  const written = await insertEvents(
    db,
    repeats.map(({ event, known }) => knownRowOf(event, known)),
  );
  repeats.forEach(({ event, known }, index) => {
    receipts.set(event, receiptOf(event, known, written[index] ?? ''));
  });
}

function accepted(origin: EventOrigin, decision: IntakeDecision, context: Context): Accepted {
  const { repository, digest: named, tag } = decision.event;
  const { action } = decision;
  const digest = action === 'check' ? (decision.about ?? null) : action === 'judge' ? named : null;
  const isImage = repository !== null && digest !== null;
  return {
    origin,
    decision,
    context,
    // A tag that was removed no longer names the image.
    tag: tag === null || action === 'check' ? null : storableText(tag),
    correlationId: randomUUID(),
    found: origin.found,
    ...(repository !== null &&
      decision.undo !== undefined && { undo: { registryId: origin.registryId, repository, digest: decision.undo } }),
    ...(isImage && { subject: { registryId: origin.registryId, repository, digest } }),
  };
}

async function acceptAll(db: Queryable, events: readonly Accepted[]): Promise<readonly IntakeReceipt[]> {
  const receipts = new Map<Accepted, IntakeReceipt>();
  await askForLooks(db, events);
  if (events.some(({ undo }) => undo !== undefined)) {
    const named = events.flatMap(({ subject, undo }) => [subject, undo].filter((each) => each !== undefined));
    await lockSubjects(db, named.map(subjectKey));
  }
  for (const event of inLockOrder(events)) {
    const received = event.subject && (await receiveSubject(db, event.subject, event, event.context));
    receipts.set(event, await acceptKnown(db, event, received));
  }
  return events.flatMap((event) => receipts.get(event) ?? []);
}

/** Before any subject is locked, and by name: two deliveries in different orders would wait for each other for ever. */
async function askForLooks(db: Queryable, events: readonly Accepted[]): Promise<void> {
  const wanted = events.flatMap(
    ({ origin: { registryId }, decision: { action, event, sweptBy = [] }, context: { now } }) =>
      action === 'look' && event.repository !== null
        ? [{ registryId, repository: event.repository, sweptBy, now }]
        : [],
  );
  const inOrder = wanted.toSorted((a, b) => (a.repository < b.repository ? -1 : a.repository > b.repository ? 1 : 0));
  for (const { now, ...look } of inOrder) await askForRepository(db, look, now);
}

/** Two deliveries that name the same subjects in different orders would wait for each other for ever. */
function inLockOrder(events: readonly Accepted[]): readonly Accepted[] {
  return events
    .map((event) => ({ event, key: event.subject === undefined ? '' : subjectKey(event.subject) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ event }) => event);
}

async function acceptKnown(
  db: Queryable,
  event: Accepted,
  received: ReceivedSubject | undefined,
): Promise<IntakeReceipt> {
  const { undo, tag, context } = event;
  const effects = undo && tag !== null ? await insertUndo(db, { ...undo, tag, now: context.now }) : [];
  const [eventId = ''] = await insertEvents(db, [knownRowOf(event, received)]);
  return { ...receiptOf(event, received, eventId), ...(effects.length > 0 && { effects }) };
}

function receiptOf(
  { decision, origin, correlationId }: Accepted,
  received: ReceivedSubject | undefined,
  eventId: string,
): IntakeReceipt {
  const lane = { registry: origin.registryId, repository: decision.event.repository ?? '' };
  return {
    eventId,
    correlationId: received?.correlationId ?? correlationId,
    ...(received?.judge && { judge: received.judge }),
    ...(decision.action === 'resolve' && { resolve: true, lane }),
  };
}

function knownRowOf(event: Accepted, received: ReceivedSubject | undefined): KnownEvent {
  const correlationId = received?.correlationId ?? event.correlationId;
  return { ...rowOf(event), subjectId: received?.id ?? null, correlationId };
}

function rowOf({ origin, decision, tag, context }: Accepted): NewEvent {
  const { event, action, reason } = decision;
  return {
    sourceId: origin.sourceId,
    registryId: origin.registryId,
    // The event of what was found may still be on its way.
    found: origin.found === 'unannounced' && action === 'judge' ? 'unheard' : (origin.found ?? null),
    tag,
    now: context.now,
    state: action === 'judge' || action === 'check' ? 'accepted' : action === 'resolve' ? 'unresolved' : 'ignored',
    reason: reason === null ? null : storableText(reason),
    event,
    eventRepository: event.repository === null ? null : storableText(event.repository),
  };
}
