import pino from 'pino';
import type { Announcement } from '../../../src/domain/announcement.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import type { RegistryEvent } from '../../../src/domain/registry-event.ts';
import type { TrustSnapshot } from '../../../src/domain/trust-root.ts';
import { createEvidenceHabits } from '../../../src/evidence/evidence-habits.ts';
import { createHeavyGate } from '../../../src/evidence/heavy-gate.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { createLocalJudge } from '../../../src/pipeline/judge/verify-and-judge.ts';
import type { PipelineContext, QuarantineSettings } from '../../../src/pipeline/pipeline-context.ts';
import { createReceiver } from '../../../src/pipeline/receive/receive-push.ts';
import { rescan } from '../../../src/pipeline/rescan.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import type { Concern } from '../../../src/ports/concerns.ts';
import type { EventReceiver } from '../../../src/ports/event-source.ts';
import type { Job } from '../../../src/ports/job-queue.ts';
import type { Sink } from '../../../src/ports/sink.ts';
import type { TagWriter } from '../../../src/ports/tag-writer.ts';
import type { Records } from '../../../src/records/create-records.ts';
import { createKeptReader } from '../../../src/registry/locks/kept-reader.ts';
import { createApplyQuarantineWorker } from '../../../workers/apply-quarantine.worker.ts';
import { createResolveEventWorker } from '../../../workers/resolve-event.worker.ts';
import { createSendNoticeWorker } from '../../../workers/send-notice.worker.ts';
import { createVerifyImageWorker } from '../../../workers/verify-image.worker.ts';
import { breakerOf } from '../breaker-limits.ts';
import {
  createMemoryRegistry,
  type MemoryRegistry,
  type MemoryRegistryOptions,
  type StoredManifest,
} from '../memory-registry.ts';
import { createMemoryQueue, type MemoryQueue } from './memory-queue.ts';
import { guardPort, type PortGate } from './port-gate.ts';

/** A notice as a sink got it. */
export interface Sent {
  readonly sinkId: string;
  readonly announcement: Announcement;
}

export interface PipelineWorldOptions {
  readonly records: Records;
  /** The public key `alice.pub` of the policy. */
  readonly key: string;
  readonly registry?: MemoryRegistryOptions;
  readonly quarantine?: Partial<QuarantineSettings>;
  readonly policy?: string;
  /** The trust roots of the moment; none by default. Policies may name `acme`. */
  readonly trust?: () => TrustSnapshot;
  /** Which repositories the configuration covers; all by default. */
  readonly covers?: (repository: string) => boolean;
  /** Where people are told; `slack` and `mail` by default. */
  readonly sinkIds?: readonly string[];
  /** Called before a sink takes a notice; what it throws, the sink throws. */
  readonly beforeNotice?: () => void;
  /** Called before each call of a port. */
  readonly beforeCall?: (name: string) => Promise<void>;
  /** Called after a tag was put, as registries announce it. */
  readonly onTag?: (tag: string, manifest: StoredManifest) => void;
}

/** The clock, the registry, the queue and the people of a test: what outlives a process. */
export interface PipelineWorld {
  readonly registry: MemoryRegistry;
  readonly queue: MemoryQueue;
  readonly sinkIds: readonly string[];
  readonly sent: readonly Sent[];
  readonly concerns: readonly Concern[];
  readonly now: () => Date;
  /** How images are marked. */
  readonly mode: () => QuarantineSettings['mode'];
  advance(ms: number): void;
  setClock(to: Date): void;
  /** `key`: what `alice.pub` holds from now on. */
  setPolicy(text: string, key?: string): void;
  setTrustEpoch(epoch: number): void;
  /** Takes effect in processes started from now on. */
  configure(changes: {
    readonly quarantine?: Partial<QuarantineSettings>;
    readonly isConfigured?: boolean;
    /** Whether there are credentials for writing. */
    readonly isWritable?: boolean;
  }): void;
  /** Starts a process with nothing in its memory. */
  start(gate?: PortGate): LazaretProcess;
}

/** One process of the daemon, moved by hand. */
export interface LazaretProcess {
  readonly context: PipelineContext;
  readonly receiver: EventReceiver;
  receive(events: readonly RegistryEvent[]): Promise<void>;
  /** Runs one job. */
  work(job: Job, signal?: AbortSignal): Promise<void>;
  sweep(options?: { readonly leaveOutdated?: boolean }): Promise<void>;
}

export const START = new Date('2026-11-24T08:00:00Z');
const SINKS: readonly string[] = ['slack', 'mail'];

export const POLICY = `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme }
spec:
  images: ["registry.example.com/acme/**"]
  grace: 1m
  require:
    - name: signed by alice
      signature: { of: [{ key: alice.pub }] }
`;

/** The same for images that fail at once: who waits for nothing says so. */
export const WITHOUT_GRACE = POLICY.replace('grace: 1m', 'grace: 0s');

const SETTINGS: QuarantineSettings = {
  mode: 'tag',
  modes: new Map(),
  label: 'quarantined',
  onRejectedInput: 'alert',
  tag: 'quarantined-{digest}',
  breaker: breakerOf({ perHour: 1_000, share: 1 }),
};

/**
 * Ten years: the point of it at which an image is looked at again follows from its digest, and digests differ from run to
 * run. A day would let one image in a hundred be due within a quarter of an hour.
 */
const NO_RESCAN_MS = 10 * 365 * 86_400_000;

const METRICS = { verification: () => () => {}, verdict: () => {}, notAnImage: () => {}, effect: () => {} };
const RECEIVE_METRICS = {
  event: () => {},
  parked: () => {},
  eventOfNoRegistry: () => {},
  eventOfNoImage: () => {},
  enqueueFailed: () => {},
};
const ORIGIN = { sourceId: 'hook', registryIds: ['prod'] };
const LOGGER = pino({ level: process.env['PIPELINE_LOG'] ?? 'silent' });
const OPEN: PortGate = (_, call) => call();

export function createPipelineWorld(options: PipelineWorldOptions): PipelineWorld {
  const registry = createMemoryRegistry(options.registry);
  const queue = createMemoryQueue();
  const { sinkIds = SINKS } = options;
  const sent: Sent[] = [];
  const concerns: Concern[] = [];
  let now = START;
  let trustEpoch = 1;
  const read = (text: string, key = options.key): PolicySet =>
    parsePolicyDocuments([{ file: 'policy.yaml', text }], () => key, {
      trustNames: ['acme'],
      noMatch: 'alert',
    });
  let policies = read(options.policy ?? POLICY);
  let quarantine = { ...SETTINGS, ...options.quarantine };
  let isConfigured = true;
  let isWritable = true;
  const writer: TagWriter = {
    ...registry.writer,
    putTag: async (repository, tag, manifest, signal) => {
      await registry.writer.putTag(repository, tag, manifest, signal);
      options.onTag?.(tag, { ...manifest, size: manifest.bytes.length });
    },
  };

  const sinkNamed = (id: string): Sink => ({
    id,
    kind: 'memory',
    notify: async (announcement) => {
      options.beforeNotice?.();
      sent.push({ sinkId: id, announcement });
    },
  });

  return {
    registry,
    queue,
    sinkIds,
    sent,
    concerns,
    now: () => now,
    mode: () => quarantine.mode,
    advance: (ms) => {
      now = new Date(now.getTime() + ms);
    },
    setClock: (to) => {
      now = to;
    },
    setPolicy: (text, key) => {
      policies = read(text, key);
    },
    setTrustEpoch: (epoch) => {
      trustEpoch = epoch;
    },
    configure: (changes) => {
      quarantine = { ...quarantine, ...changes.quarantine };
      isConfigured = changes.isConfigured ?? isConfigured;
      isWritable = changes.isWritable ?? isWritable;
    },
    start(gate = OPEN) {
      const pass: PortGate = async (name, call) => {
        await options.beforeCall?.(name);
        return gate(name, call);
      };
      const guard = <T extends object>(name: string, port: T): T => guardPort(name, port, pass);
      const { inbox, judgements, indexes, copies, due, outbox, rehearsals, query, locked } = options.records;
      const prod = {
        id: 'prod',
        host: registry.host,
        covers: options.covers ?? (() => true),
        reader: guard(
          'reader',
          createKeptReader(registry.reader, { registryId: 'prod', images: locked, locks: registry.locks.reader }),
        ),
        locks: {
          reader: guard('reader', registry.locks.reader),
          writer: guard('writer', registry.locks.writer),
        },
        ...(isWritable && { writer: guard('writer', writer) }),
        labels: {
          reader: guard('reader', registry.labels.reader),
          writer: guard('writer', registry.labels.writer),
        },
      };
      const context: PipelineContext = {
        rescanEveryMs: NO_RESCAN_MS,
        evidenceBytes: 16 * 1024 * 1024,
        heavyLooks: createHeavyGate(),
        registries: new Map(isConfigured ? [[prod.id, prod]] : []),
        records: {
          inbox: guard('inbox', inbox),
          judgements: guard('judgements', judgements),
          indexes: guard('indexes', indexes),
          copies: guard('copies', copies),
          due: guard('due', due),
          outbox: guard('outbox', outbox),
          rehearsals,
          locked: guard('locked', locked),
          query,
        },
        queue: guard('queue', queue),
        isShared: () => false,
        policies: () => policies,
        trustEpoch: () => trustEpoch,
        judge: createLocalJudge(
          createMaterialStore(options.trust ?? (() => ({ epoch: trustEpoch, roots: new Map() }))),
        ),
        habits: createEvidenceHabits(),
        sinkIds,
        sinks: new Map(sinkIds.map((id) => [id, guard('sink', sinkNamed(id))])),
        quarantine,
        concerns: { raise: (concern) => concerns.push(concern) },
        clock: () => now,
        logger: LOGGER,
        metrics: METRICS,
      };
      return createProcess(context);
    },
  };
}

function createProcess(context: PipelineContext): LazaretProcess {
  const receiver = createReceiver({
    ...context,
    inbox: context.records.inbox,
    judgedUnder: () => ({ policyRevision: context.policies().revision, trustEpoch: context.trustEpoch() }),
    quarantineTag: context.quarantine.tag,
    sweptBy: (id) => (id === 'prod' ? ['sweep'] : []),
    metrics: RECEIVE_METRICS,
  });
  const handlers = {
    'judge-subject': createVerifyImageWorker(context),
    'apply-quarantine': createApplyQuarantineWorker(context),
    'send-notice': createSendNoticeWorker(context),
    'resolve-event': createResolveEventWorker(context),
  };
  return {
    context,
    receiver,
    receive: (events) => receiver.receive(ORIGIN, events),
    work: (job, signal = new AbortController().signal) => {
      switch (job.kind) {
        case 'judge-subject':
          return handlers['judge-subject'](job, signal);
        case 'apply-quarantine':
          return handlers['apply-quarantine'](job, signal);
        case 'send-notice':
          return handlers['send-notice'](job, signal);
        case 'resolve-event':
          return handlers['resolve-event'](job, signal);
      }
    },
    sweep: async (how) => void (await rescan(context, how)),
  };
}
