import { randomUUID } from 'node:crypto';
import { type Subject, subjectKey } from '../../domain/subject.ts';
import { storableJson, storableText } from '../../kit/storable-json.ts';
import type { IntakeDecision, IntakeReceipt } from '../../ports/event-inbox.ts';
import type { EventOrigin } from '../../ports/event-source.ts';
import type { Database, Queryable } from '../database.ts';
import { insertUndo } from '../outbox/insert-undo.ts';
import type { InForce } from '../subjects/judgement-due.ts';
import { lockSubjects } from '../subjects/subject-row.ts';
import { askForRepository } from '../sweeps/ask-for-repository.ts';
import { insertEvent, insertFirstEvent } from './insert-event.ts';
import {
  firstRequest,
  type NamingEvent,
  newSubject,
  type ReceivedSubject,
  receiveSubject,
  recogniseRepeat,
} from './receive-subject.ts';

type Context = InForce & { readonly now: Date };

/** One event, and what was decided about it. */
interface Accepted extends NamingEvent {
  readonly origin: EventOrigin;
  readonly decision: IntakeDecision;
  /** What it asks to be judged. */
  readonly subject?: Subject;
  /** The image for which its tag is to be put right. */
  readonly undo?: Subject;
}

/** Writes the events of one delivery and the subjects they name: all or none. */
export async function acceptEvents(
  database: Database,
  origin: EventOrigin,
  decisions: readonly IntakeDecision[],
  context: Context,
): Promise<readonly IntakeReceipt[]> {
  const events = decisions.map((decision) => accepted(origin, decision));
  const [first, ...more] = events;
  if (first !== undefined && more.length === 0 && first.undo === undefined) {
    const receipt = await database.run((db) => acceptAtOnce(db, first, context));
    if (receipt !== undefined) return [receipt];
  }
  return database.transact((trx) => acceptAll(trx, events, context));
}

function accepted(origin: EventOrigin, decision: IntakeDecision): Accepted {
  const { repository, digest: named, tag } = decision.event;
  const { action } = decision;
  const digest = action === 'check' ? (decision.about ?? null) : action === 'judge' ? named : null;
  const isImage = repository !== null && digest !== null;
  return {
    origin,
    decision,
    // A tag that was removed no longer names the image.
    tag: tag === null || action === 'check' ? null : storableText(tag),
    correlationId: randomUUID(),
    found: origin.found,
    ...(repository !== null &&
      decision.undo !== undefined && { undo: { registryId: origin.registryId, repository, digest: decision.undo } }),
    ...(isImage && { subject: { registryId: origin.registryId, repository, digest } }),
  };
}

/**
 * Accepts one event with statements that are each a transaction of its own, as nearly all are: of what was never seen,
 * and of what asks for nothing new. `undefined`: nothing was written, for its subject must be changed.
 */
async function acceptAtOnce(db: Queryable, event: Accepted, context: Context): Promise<IntakeReceipt | undefined> {
  const { subject } = event;
  if (subject === undefined) {
    await askForLooks(db, [event], context);
    return acceptKnown(db, event, undefined, context);
  }
  const created = newSubject(subject, event, context.now);
  const id = await insertFirstEvent(db, created, rowOf(event, context));
  if (id !== undefined) {
    return { eventId: id, correlationId: created.correlationId, judge: firstRequest(created) };
  }
  const repeat = await recogniseRepeat(db, created.id, event, context);
  return repeat && acceptKnown(db, event, repeat, context);
}

async function acceptAll(
  db: Queryable,
  events: readonly Accepted[],
  context: Context,
): Promise<readonly IntakeReceipt[]> {
  const receipts = new Map<Accepted, IntakeReceipt>();
  await askForLooks(db, events, context);
  if (events.some(({ undo }) => undo !== undefined)) {
    const named = events.flatMap(({ subject, undo }) => [subject, undo].filter((each) => each !== undefined));
    await lockSubjects(db, named.map(subjectKey));
  }
  for (const event of inLockOrder(events)) {
    const received = event.subject && (await receiveSubject(db, event.subject, event, context));
    receipts.set(event, await acceptKnown(db, event, received, context));
  }
  return events.flatMap((event) => receipts.get(event) ?? []);
}

/** Before any subject is locked, and by name: two deliveries in different orders would wait for each other for ever. */
async function askForLooks(db: Queryable, events: readonly Accepted[], { now }: Context): Promise<void> {
  const wanted = events.flatMap(({ origin: { registryId }, decision: { action, event, sweptBy = [] } }) =>
    action === 'look' && event.repository !== null ? [{ registryId, repository: event.repository, sweptBy }] : [],
  );
  const inOrder = wanted.toSorted((a, b) => (a.repository < b.repository ? -1 : a.repository > b.repository ? 1 : 0));
  for (const look of inOrder) await askForRepository(db, look, now);
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
  context: Context,
): Promise<IntakeReceipt> {
  const correlationId = received?.correlationId ?? event.correlationId;
  const { undo, tag } = event;
  const effects = undo && tag !== null ? await insertUndo(db, { ...undo, tag, now: context.now }) : [];
  const { action, event: pushed } = event.decision;
  const lane = { registry: event.origin.registryId, repository: pushed.repository ?? '' };
  const eventId = await insertEvent(db, { ...rowOf(event, context), subjectId: received?.id ?? null, correlationId });
  return {
    eventId,
    correlationId,
    ...(received?.judge && { judge: received.judge }),
    ...(effects.length > 0 && { effects }),
    ...(action === 'resolve' && { resolve: true, lane }),
  };
}

function rowOf({ origin, decision, tag }: Accepted, { now }: Context) {
  const { event, action, reason } = decision;
  return {
    sourceId: origin.sourceId,
    registryId: origin.registryId,
    // The event of what was found may still be on its way.
    found: origin.found === 'unannounced' && action === 'judge' ? 'unheard' : (origin.found ?? null),
    tag,
    now,
    state: action === 'judge' || action === 'check' ? 'accepted' : action === 'resolve' ? 'unresolved' : 'ignored',
    reason: reason === null ? null : storableText(reason),
    event: storableJson(event),
    eventRepository: event.repository === null ? null : storableText(event.repository),
  } as const;
}
