import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ArtifactFamily } from '../domain/artifact-family.ts';
import type { LimitedBy } from '../domain/quarantine-limits.ts';
import { ROLES, type Role } from '../domain/role.ts';
import { SHARED_TASKS } from '../domain/shared-task.ts';
import type { Outcome, ReasonCode, Verdict } from '../domain/verdict.ts';
import type { IntakeDecision } from '../ports/event-inbox.ts';
import type { Hearing } from '../ports/hearing-record.ts';
import type { JobKind, JobQueue } from '../ports/job-queue.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { KeptKind } from '../ports/record-keeping.ts';
import type { SweepStatus } from '../ports/sweep-record.ts';
import type { UntoldCause } from '../ports/untold-query.ts';
import { addProcessMetrics } from './process-metrics.ts';

/** What becomes of an effect. */
export type EffectResult = 'done' | 'rehearsed' | 'retry' | 'failed' | 'held' | 'superseded';

/** Counts everything the daemon does. No label ever holds a name from an event: their values are closed lists. */
export interface Metrics {
  readonly contentType: string;
  /** The text of `/metrics`. */
  render(): Promise<string>;
  delivery(sourceId: string, result: string): void;
  event(sourceId: string, result: IntakeDecision['action']): void;
  parked(sourceId: string): void;
  eventOfNoRegistry(sourceId: string): void;
  eventOfNoImage(sourceId: string): void;
  enqueueFailed(): void;
  /** Starts timing a judgement; call the result at its end. */
  verification(): () => void;
  verdict(verdict: Pick<Verdict, 'outcome' | 'code'>, final: boolean): void;
  /** A push that was looked at is no image. */
  notAnImage(kind: 'evidence' | ArtifactFamily): void;
  /** A thread was lost over the evidence of an image. */
  threadLost(why: 'deadline' | 'memory' | 'crash'): void;
  /** `status`: the HTTP status, or `error` when none came. */
  registryRequest(registryId: string, status: number | 'error'): void;
  /** Whether a registry leaves requests without an answer. */
  registrySilent(registryId: string, isSilent: boolean): void;
  /** A sweep of a registry has come to its end, or was broken off. */
  sweep(registryId: string, result: 'whole' | 'partial' | 'broken-off'): void;
  /** A repository was looked at because something was announced in it. */
  askedLook(registryId: string, result: 'seen' | 'left-out'): void;
  /** Pushes that sweeps found and nobody announced. */
  unannounced(registryId: string, count: number): void;
  /** When each registry last announced anything. */
  lastEvents(hearings: readonly Hearing[], now: Date): void;
  /** How the sweeps of all registries stand. */
  sweeps(status: readonly SweepStatus[], now: Date): void;
  /** Images that sweeps found and nobody has judged. */
  foundWaiting(count: number): void;
  effect(kind: string, result: EffectResult): void;
  queueDepth(counts: Awaited<ReturnType<JobQueue['counts']>>): void;
  /** Age of the oldest event without a final verdict, in seconds; 0 if there is none. */
  lag(seconds: number): void;
  /** Quarantines that a limit holds back, by which. */
  heldQuarantines(counts: Readonly<Record<LimitedBy, number>>): void;
  /** Images that could not be told by now, by registry and fault. */
  couldNotTell(causes: readonly UntoldCause[], now: Date): void;
  /** Things about trust roots and the clock that people should look at; 0 when all is well. */
  trustConcerns(count: number): void;
  leadership(of: Leadership): void;
  /** Rows that were old were dropped from the record. */
  dropped(kind: KeptKind, count: number): void;
  /** Since when all that is old was last gone through. */
  retentionBehind(seconds: number): void;
  /** The configuration was read again, and put in force or refused. */
  reload(result: 'done' | 'refused'): void;
}

export interface MetricsOptions {
  readonly version: string;
  /** What the process does; default: everything. */
  readonly roles?: readonly Role[];
  /** Also the process's own (CPU, memory, event loop); default true. */
  readonly processMetrics?: boolean;
}

// From a cached verdict to the limit of one verification.
const VERIFICATION_BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const EFFECT_KINDS = ['quarantine', 'release', 'undo', 'notice'];

/** Creates the metrics, in a registry of their own. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  if (options.processMetrics !== false) addProcessMetrics(registry);
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name: `lazaret_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
    new Gauge({ name: `lazaret_${name}`, help, labelNames: [...labelNames], registers: [registry] });

  const deliveries = counter('deliveries_total', 'Deliveries by source and result.', ['source', 'result']);
  const events = counter('events_total', 'Events by source and what intake decided.', ['source', 'result']);
  const parked = counter('parked_total', 'Deliveries that could not be read and were kept.', ['source']);
  const ofNoRegistry = counter(
    'events_of_no_registry_total',
    'Events that name none of the registries of their source.',
    ['source'],
  );
  const ofNoImage = counter(
    'events_of_no_image_total',
    'Events that name neither tag nor digest, of a registry that nobody sweeps.',
    ['source'],
  );
  const enqueueFailures = counter('enqueue_failures_total', 'Jobs left to the sweeper because the queue failed.', []);
  const verdicts = counter('verdicts_total', 'Verdicts by outcome and reason code.', ['outcome', 'code', 'final']);
  const notImages = counter('not_images_total', 'Pushes that are no images, by what they are.', ['kind']);
  const losses = counter('verification_threads_lost_total', 'Threads lost while they checked evidence, by why.', [
    'why',
  ]);
  const requests = counter('registry_requests_total', 'Requests to registries.', ['registry', 'status']);
  const effects = counter('effects_total', 'Registry writes and notices by result.', ['kind', 'result']);
  const sweeps = counter('sweeps_total', 'Sweeps of registries by how they ended.', ['registry', 'result']);
  const askedLooks = counter('asked_looks_total', 'Looks at repositories for events that named no image.', [
    'registry',
    'result',
  ]);
  const unannounced = counter('unannounced_total', 'Pushes that sweeps found and no event announced.', ['registry']);
  const lastEvent = gauge('last_event_seconds', 'Time since a registry last announced anything.', ['registry']);
  const wholeSweep = gauge('last_whole_sweep_seconds', 'Time since the last sweep that left nothing out.', [
    'registry',
  ]);
  const foundWaiting = gauge('found_images_waiting', 'Images that sweeps found and nobody has judged.');
  const silent = gauge('registry_silent', 'Registries that leave requests without an answer.', ['registry']);
  const depth = gauge('queue_jobs', 'Jobs in the queue.', ['kind', 'state']);
  const lag = gauge('lag_seconds', 'Age of the oldest event without a final verdict.');
  const held = gauge('quarantines_held', 'Quarantines that a limit holds back, by which.', ['by']);
  const untold = gauge('could_not_tell_images', 'Images that could not be told by now.', ['registry', 'code']);
  const untoldAge = gauge('could_not_tell_oldest_seconds', 'For how long the oldest of them has been so.');
  const concerns = gauge('trust_concerns', 'Things to look at about trust roots and the clock.');
  const droppedRows = counter('dropped_rows_total', 'Rows dropped from the record because they were old.', ['kind']);
  const retention = gauge('last_retention_seconds', 'Time since all that is old in the record was gone through.');
  const reloads = counter('reloads_total', 'Times the configuration was read again, by what came of it.', ['result']);
  const isCurrent = gauge('configuration_in_force', '1 while the configuration as it was last read is in force.');
  isCurrent.set(1);
  const seconds = new Histogram({
    name: 'lazaret_verification_seconds',
    help: 'Time from the start of a judgement to its verdict.',
    buckets: VERIFICATION_BUCKETS_S,
    registers: [registry],
  });
  const processes = gauge('processes', 'Processes on this record that have a role.', ['role']);
  const leads = gauge('leads', 'What this process does for all of them.', ['task']);
  const role = gauge('role', 'What this process does.', ['role']);
  for (const name of ROLES) role.set({ role: name }, (options.roles ?? ROLES).includes(name) ? 1 : 0);
  gauge('build_info', 'The version that runs.', ['version']).set({ version: options.version }, 1);

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    delivery: (source, result) => deliveries.inc({ source, result }),
    event: (source, result) => events.inc({ source, result }),
    parked: (source) => parked.inc({ source }),
    eventOfNoRegistry: (source) => ofNoRegistry.inc({ source }),
    eventOfNoImage: (source) => ofNoImage.inc({ source }),
    enqueueFailed: () => enqueueFailures.inc(),
    verification: () => seconds.startTimer(),
    verdict: ({ outcome, code }, final) => countVerdict(verdicts, outcome, code, final),
    notAnImage: (kind) => notImages.inc({ kind }),
    threadLost: (why) => losses.inc({ why }),
    registryRequest: (id, status) => requests.inc({ registry: id, status: statusLabel(status) }),
    registrySilent: (registry, isSilent) => silent.set({ registry }, isSilent ? 1 : 0),
    askedLook: (registry, result) => askedLooks.inc({ registry, result }),
    sweep: (registry, result) => sweeps.inc({ registry, result }),
    unannounced: (registry, count) => unannounced.inc({ registry }, count),
    lastEvents: (hearings, now) => {
      for (const { registryId, lastEventAt } of hearings) {
        if (lastEventAt !== null)
          lastEvent.set({ registry: registryId }, (now.getTime() - lastEventAt.getTime()) / 1000);
      }
    },
    sweeps: (status, now) => setSweeps(wholeSweep, status, now),
    foundWaiting: (count) => foundWaiting.set(count),
    effect: (kind, result) => effects.inc({ kind: EFFECT_KINDS.includes(kind) ? kind : 'other', result }),
    queueDepth: (counts) => setDepth(depth, counts),
    lag: (age) => lag.set(age),
    heldQuarantines: ({ repository, registry, all }) => {
      held.set({ by: 'repository' }, repository);
      held.set({ by: 'registry' }, registry);
      held.set({ by: 'all' }, all);
    },
    couldNotTell: (causes, now) => setUntold({ untold, untoldAge }, causes, now),
    dropped: (kind, count) => droppedRows.inc({ kind }, count),
    retentionBehind: (seconds) => retention.set(seconds),
    trustConcerns: (count) => concerns.set(count),
    leadership(of) {
      for (const name of ROLES) processes.set({ role: name }, of.count(name));
      for (const task of SHARED_TASKS) leads.set({ task }, of.term(task) === undefined ? 0 : 1);
    },
    reload(result) {
      reloads.inc({ result });
      isCurrent.set(result === 'done' ? 1 : 0);
    },
  };
}

/** Where none was whole yet, since the first began. */
function setSweeps(wholeSweep: Gauge<'registry'>, status: readonly SweepStatus[], now: Date): void {
  wholeSweep.reset();
  for (const [registry, ofRegistry] of Map.groupBy(status, ({ registryId }) => registryId)) {
    const since = ofRegistry.map(({ wholeAt, startedAt }) => (wholeAt ?? startedAt).getTime());
    wholeSweep.set({ registry }, Math.max(0, now.getTime() - Math.max(...since)) / 1000);
  }
}

interface UntoldGauges {
  readonly untold: Gauge<'registry' | 'code'>;
  readonly untoldAge: Gauge;
}

function setUntold({ untold, untoldAge }: UntoldGauges, causes: readonly UntoldCause[], now: Date): void {
  // Images that could be judged by now must not keep their last number.
  untold.reset();
  for (const { registryId, code, count } of causes) untold.set({ registry: registryId, code }, count);
  untoldAge.set(Math.max(0, ...causes.map(({ since }) => (now.getTime() - since.getTime()) / 1000)));
}

function countVerdict(
  verdicts: Counter<'outcome' | 'code' | 'final'>,
  outcome: Outcome,
  code: ReasonCode,
  final: boolean,
) {
  verdicts.inc({ outcome, code, final: String(final) });
}

/** A registry may answer any three digits: what is no HTTP status is one label. */
function statusLabel(status: number | 'error'): string {
  return typeof status === 'number' && status >= 100 && status <= 599 ? String(status) : 'error';
}

function setDepth(depth: Gauge<'kind' | 'state'>, counts: Awaited<ReturnType<JobQueue['counts']>>): void {
  for (const kind of Object.keys(counts) as JobKind[]) {
    for (const state of ['waiting', 'active', 'delayed', 'failed'] as const) {
      depth.set({ kind, state }, counts[kind][state]);
    }
  }
}
