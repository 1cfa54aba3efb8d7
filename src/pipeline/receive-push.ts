import type { Logger } from 'pino';
import { InvalidInputError } from '../domain/errors.ts';
import type { PolicySet } from '../domain/policy.ts';
import type { RegistryEvent } from '../domain/registry-event.ts';
import { decideIntake, type IntakeContext } from '../intake/decide-intake.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventInbox, IntakeDecision, IntakeReceipt } from '../ports/event-inbox.ts';
import type { EventOrigin, EventReceiver, ParkedDelivery } from '../ports/event-source.ts';
import type { JobQueue } from '../ports/job-queue.ts';
import type { Registries } from '../ports/registries.ts';
import { releasedArtifact } from '../quarantine/released-artifact.ts';
import { markTag } from '../quarantine/tag-template.ts';
import { holdsOnlyEvidence } from './evidence-repositories.ts';

/** What receiving counts. */
export interface ReceiveMetrics {
  event(sourceId: string, result: IntakeDecision['action']): void;
  parked(sourceId: string): void;
  /** A job that could not be queued after its row was committed: the sweeper finds the row. */
  enqueueFailed(): void;
}

export interface ReceiverDeps {
  readonly inbox: EventInbox;
  readonly queue: Pick<JobQueue, 'add'>;
  readonly registries: Registries;
  /** The revision of the policies in force and the trust epoch; must not throw. */
  readonly judgedUnder: () => { readonly policyRevision: string; readonly trustEpoch: number };
  readonly policies: () => PolicySet;
  /** Template of our quarantine tag, e.g. `quarantined-{digest12}`. */
  readonly quarantineTag: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ReceiveMetrics;
}

/**
 * Builds the way in for every source: decide what each event is, commit the rows, and only then queue the work.
 * A queue that fails after the commit loses nothing, for the sweeper finds the rows; so it does not fail the source.
 */
export function createReceiver(deps: ReceiverDeps): EventReceiver {
  return {
    receive: (origin, events) => receive(deps, origin, events),
    park: (parked) => park(deps, parked),
  };
}

async function receive(deps: ReceiverDeps, origin: EventOrigin, events: readonly RegistryEvent[]): Promise<void> {
  if (events.length === 0) return;
  const decisions = await decideAll(deps, origin, events);
  const receipts = await deps.inbox.accept(origin, decisions, { now: deps.clock(), ...deps.judgedUnder() });
  decisions.forEach((decision, index) => {
    deps.metrics.event(origin.sourceId, decision.action);
    logDecision(deps.logger, origin, decision, receipts[index]);
  });
  await enqueueAll(deps, receipts);
}

async function decideAll(
  deps: ReceiverDeps,
  origin: EventOrigin,
  events: readonly RegistryEvent[],
): Promise<readonly IntakeDecision[]> {
  const registry = deps.registries.get(origin.registryId);
  if (registry === undefined) {
    throw new InvalidInputError('EVENT_UNSUPPORTED', `registry "${origin.registryId}" is not configured`);
  }
  const { inbox } = deps;
  const context: IntakeContext = {
    registry: {
      ...registry,
      covers: (repository) => registry.covers(repository) || holdsOnlyEvidence(deps, registry, repository),
    },
    markTag: (digest) => markTag(deps.quarantineTag, digest),
    releasedDigest: (digest) => releasedArtifact(digest).digest,
    findSubject: inbox.findSubject.bind(inbox),
    findMark: inbox.findMark.bind(inbox),
  };
  const decisions: IntakeDecision[] = [];
  // One after the other: a delivery of 256 events must not take every database connection at once.
  for (const event of events) decisions.push(await decideIntake(event, context));
  return decisions;
}

async function enqueueAll(deps: ReceiverDeps, receipts: readonly IntakeReceipt[]): Promise<void> {
  const due = receipts.filter(({ judge, resolve }) => judge !== undefined || resolve === true);
  for (const [at, receipt] of due.entries()) {
    try {
      await enqueue(deps, receipt);
    } catch (error) {
      // A queue that does not answer takes seconds to say so: it is not asked for each event of the delivery.
      const left = due.slice(at);
      for (const _ of left) deps.metrics.enqueueFailed();
      const { eventId, correlationId } = receipt;
      deps.logger.warn(
        { err: error, eventId, correlationId, count: left.length },
        'events are on record but could not be queued; the sweeper will queue them',
      );
      return;
    }
  }
}

async function enqueue({ queue }: ReceiverDeps, receipt: IntakeReceipt): Promise<void> {
  if (receipt.judge) await queue.add({ kind: 'judge-subject', ...receipt.judge });
  if (receipt.resolve) await queue.add({ kind: 'resolve-event', eventId: receipt.eventId });
}

async function park(deps: ReceiverDeps, parked: ParkedDelivery): Promise<void> {
  await deps.inbox.park(parked, deps.clock());
  deps.metrics.parked(parked.sourceId);
  const { sourceId, position, reason } = parked;
  deps.logger.warn({ sourceId, position, reason, bytes: parked.body.length }, 'delivery parked');
}

function logDecision(
  logger: Logger,
  origin: EventOrigin,
  decision: IntakeDecision,
  receipt: IntakeReceipt | undefined,
): void {
  const { host, repository, tag, digest } = decision.event;
  logger.info(
    {
      correlationId: receipt?.correlationId,
      eventId: receipt?.eventId,
      sourceId: origin.sourceId,
      registryId: origin.registryId,
      action: decision.action,
      ...(decision.reason !== null && { reason: decision.reason }),
      // A repeat of what is final, or already queued, is recorded and needs no work.
      ...(decision.action === 'judge' && { due: receipt?.judge !== undefined }),
      event: { host, repository, tag, digest, remoteId: decision.event.eventId },
    },
    'event received',
  );
}
