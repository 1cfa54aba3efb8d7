// The room `pipeline/receive`: from an announced push to an image that is due to be judged.

import type { Logger } from 'pino';
import type { PolicySet } from '../../domain/policy.ts';
import type { RegistryEvent } from '../../domain/registry-event.ts';
import { chooseRegistry, isCalled } from '../../intake/choose-registry.ts';
import { decideIntake, type IntakeContext, readPlainPush } from '../../intake/decide-intake.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Concern, Concerns } from '../../ports/concerns.ts';
import type { EventInbox, IntakeDecision, IntakeReceipt } from '../../ports/event-inbox.ts';
import type { EventReceiver, Listener, ParkedDelivery } from '../../ports/event-source.ts';
import type { Job, JobQueue } from '../../ports/job-queue.ts';
import type { ConfiguredRegistry, Registries } from '../../ports/registries.ts';
import { enqueue, enqueueEffects } from '../enqueue.ts';
import { holdsOnlyEvidence } from '../judge/evidence-repositories.ts';
import { claimContext } from './claim-context.ts';
import { hideCapabilities } from './hide-capabilities.ts';

/** What receiving counts. */
export interface ReceiveMetrics {
  event(sourceId: string, result: IntakeDecision['action']): void;
  parked(sourceId: string): void;
  /** An event of a source that serves several registries, and that names none of them. */
  eventOfNoRegistry(sourceId: string): void;
  /** An event that names no image, of a registry that nobody sweeps. */
  eventOfNoImage(sourceId: string): void;
  /** A job that could not be queued after its row was committed: the sweeper finds the row. */
  enqueueFailed(): void;
}

export interface ReceiverDeps {
  readonly inbox: EventInbox;
  readonly queue: Pick<JobQueue, 'add'>;
  /** Whoever announces waits for an answer, so that goes before looks at images; absent: nothing stands back. */
  readonly rightOfWay?: { goFirst<T>(work: () => Promise<T>): Promise<T> };
  readonly registries: Registries;
  /** The revision of the policies in force and the trust epoch; must not throw. */
  readonly judgedUnder: () => { readonly policyRevision: string; readonly trustEpoch: number };
  readonly policies: () => PolicySet;
  /** Template of our quarantine tag, e.g. `quarantined-{digest}`. */
  readonly quarantineTag: string;
  /** The sources that sweep a registry. */
  readonly sweptBy: (registryId: string) => readonly string[];
  readonly concerns: Concerns;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ReceiveMetrics;
}

/** What receiving works with. */
interface Receiving extends ReceiverDeps {
  contextOf(registry: ConfiguredRegistry): Omit<IntakeContext, 'sweptBy'>;
}

/** On record as the registry of an event that is of none; no id is empty. */
const NO_REGISTRY = '';

// To decide on so many and to log them takes some ten milliseconds, for which nobody else is served, and to write them
// one of the few connections to the database. A delivery that breaks off after a part comes again, and the part is then
// a repeat.
const MOST_AT_ONCE = 256;

/**
 * Builds the way in for every source: decide what each event is, commit the rows, and only then queue the work.
 * A queue that fails after the commit loses nothing, for the sweeper finds the rows; so it does not fail the source.
 */
export function createReceiver(given: ReceiverDeps): EventReceiver {
  const deps = { ...given, contextOf: rememberContexts(given) };
  return {
    async receive(listener, events) {
      for (let at = 0; at < events.length; at += MOST_AT_ONCE) {
        const take = () => receive(deps, listener, events.slice(at, at + MOST_AT_ONCE));
        await (listener.found === undefined && deps.rightOfWay ? deps.rightOfWay.goFirst(take) : take());
      }
    },
    park: (parked) => park(deps, parked),
  };
}

async function receive(deps: Receiving, listener: Listener, events: readonly RegistryEvent[]): Promise<void> {
  const served = listener.registryIds.map((id) => findRegistry(deps.registries, id));
  const [first, ...more] = events;
  const isOne = first !== undefined && more.length === 0 && listener.found === undefined;
  if (isOne && (await receivePlainPush(deps, listener, chooseRegistry(first, served), first))) return;
  await receiveAll(deps, listener, served, events);
}

/** Takes a push as nearly all are, by the shortest way; false if it is another, and nothing was written. */
async function receivePlainPush(
  deps: Receiving,
  { sourceId }: Listener,
  registry: ConfiguredRegistry | undefined,
  event: RegistryEvent,
): Promise<boolean> {
  const push = registry && readPlainPush(event, deps.contextOf(registry));
  if (!push) return false;
  const origin = { sourceId, registryId: registry.id };
  const receipt = await deps.inbox.acceptPush(origin, push, { now: deps.clock(), ...deps.judgedUnder() });
  if (receipt === null) return false;
  deps.metrics.event(sourceId, 'judge');
  logDecision(deps.logger, { sourceId, registry }, { event: push, action: 'judge', reason: null }, receipt);
  await enqueueAll(deps, [receipt]);
  return true;
}

async function receiveAll(
  deps: Receiving,
  listener: Listener,
  served: readonly ConfiguredRegistry[],
  events: readonly RegistryEvent[],
): Promise<void> {
  const receipts: IntakeReceipt[] = [];
  // One registry after the other: a delivery that breaks off in between comes again, and its events are then repeats.
  for (const [registry, own] of Map.groupBy(events, (event) => chooseRegistry(event, served))) {
    const decisions = registry === undefined ? refuseAll(own, served) : await decideAll(deps, registry, own);
    const { sourceId, found } = listener;
    const origin = { sourceId, registryId: registry?.id ?? NO_REGISTRY, ...(found !== undefined && { found }) };
    const accepted = await deps.inbox.accept(origin, decisions, { now: deps.clock(), ...deps.judgedUnder() });
    decisions.forEach((decision, index) => {
      deps.metrics.event(listener.sourceId, decision.action);
      if (registry === undefined) deps.metrics.eventOfNoRegistry(listener.sourceId);
      logDecision(deps.logger, { sourceId: listener.sourceId, registry }, decision, accepted[index]);
    });
    const [refused] = registry === undefined ? decisions : [];
    if (refused !== undefined) raise(deps, listener, 'no-registry', refused);
    const unseen = decisions.filter(isUnseen);
    for (const _ of unseen) deps.metrics.eventOfNoImage(listener.sourceId);
    if (unseen[0] !== undefined) raise(deps, listener, 'no-image', unseen[0]);
    receipts.push(...accepted);
  }
  // What a sweep has found waits on record for a time when nothing announced does.
  if (listener.found === undefined) await enqueueAll(deps, receipts);
  await enqueueEffects(
    deps,
    receipts.flatMap(({ effects = [] }) => effects),
  );
}

function raise({ concerns }: ReceiverDeps, { sourceId }: Listener, kind: Concern['kind'], { reason }: IntakeDecision) {
  concerns.raise({ id: sourceId, kind, problem: `an event: ${reason}` });
}

/** Something was pushed, and nobody finds out what. */
function isUnseen({ action, sweptBy = [] }: IntakeDecision): boolean {
  return action === 'look' && sweptBy.length === 0;
}

function findRegistry(registries: Registries, id: string): ConfiguredRegistry {
  const registry = registries.get(id);
  if (registry === undefined) throw new InvalidInputError('EVENT_UNSUPPORTED', `registry "${id}" is not configured`);
  return registry;
}

function refuseAll(events: readonly RegistryEvent[], served: readonly ConfiguredRegistry[]): readonly IntakeDecision[] {
  const ids = served.map(({ id }) => `"${id}"`).join(', ');
  return events.map((event) => {
    const named = event.host === null ? 'it names no host' : `it names the host "${event.host}"`;
    return { event, action: 'ignore', reason: `${named}, which is none of the registries of this source (${ids})` };
  });
}

async function decideAll(
  deps: Receiving,
  registry: ConfiguredRegistry,
  events: readonly RegistryEvent[],
): Promise<readonly IntakeDecision[]> {
  const context = { ...deps.contextOf(registry), sweptBy: deps.sweptBy(registry.id) };
  const decisions: IntakeDecision[] = [];
  // One after the other: a delivery of 256 events must not take every database connection at once.
  for (const event of events) decisions.push(await decideIntake(event, context));
  return decisions;
}

/** Made once a registry: every event is read in one. */
function rememberContexts(deps: ReceiverDeps): Receiving['contextOf'] {
  const known = new WeakMap<ConfiguredRegistry, ReturnType<Receiving['contextOf']>>();
  return (registry) => {
    const context = known.get(registry) ?? {
      ...claimContext(registry.id, deps),
      registry: {
        id: registry.id,
        covers: (repository) => registry.covers(repository) || holdsOnlyEvidence(deps, registry, repository),
      },
    };
    known.set(registry, context);
    return context;
  };
}

async function enqueueAll(deps: ReceiverDeps, receipts: readonly IntakeReceipt[]): Promise<void> {
  const due = receipts.filter(({ judge, resolve }) => judge !== undefined || resolve === true);
  const refusal = await enqueue(deps.queue, due.map(jobOf));
  if (refusal === undefined) return;
  const left = due.slice(refusal.at);
  for (const _ of left) deps.metrics.enqueueFailed();
  const [first] = left;
  deps.logger.warn(
    { err: refusal.error, eventId: first?.eventId, correlationId: first?.correlationId, count: left.length },
    'events are on record but could not be queued; the sweeper will queue them',
  );
}

/** A receipt asks for one thing: to be judged, or for its digest. */
function jobOf({ judge, eventId, lane }: IntakeReceipt): Job {
  return judge === undefined ? { kind: 'resolve-event', eventId, lane } : { kind: 'judge-subject', ...judge };
}

async function park(deps: ReceiverDeps, parked: ParkedDelivery): Promise<void> {
  await deps.inbox.park({ ...parked, body: hideCapabilities(parked.body) }, deps.clock());
  deps.metrics.parked(parked.sourceId);
  const { sourceId, position, reason } = parked;
  deps.logger.warn({ sourceId, position, reason, bytes: parked.body.length }, 'delivery parked');
}

function logDecision(
  logger: Logger,
  { sourceId, registry }: { readonly sourceId: string; readonly registry: ConfiguredRegistry | undefined },
  decision: IntakeDecision,
  receipt: IntakeReceipt | undefined,
): void {
  const level = registry === undefined || isUnseen(decision) ? 'warn' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const { host, repository, tag, digest } = decision.event;
  // What the pusher called the registry changes nothing, and may help people to find their way.
  const isOtherName = host !== null && registry !== undefined && !isCalled(host, registry);
  logger[level](
    {
      correlationId: receipt?.correlationId,
      eventId: receipt?.eventId,
      sourceId,
      registryId: registry?.id ?? null,
      action: decision.action,
      ...(decision.reason !== null && { reason: decision.reason }),
      // A repeat of what is final, or already queued, is recorded and needs no work.
      ...((decision.action === 'judge' || decision.action === 'check') && { due: receipt?.judge !== undefined }),
      ...(isOtherName && { calls: `it calls the registry "${host}", not "${registry.host}"` }),
      event: { host, repository, tag, digest, remoteId: decision.event.eventId },
    },
    'event received',
  );
}
