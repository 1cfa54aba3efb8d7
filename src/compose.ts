import type { Logger } from 'pino';
import { createApplyQuarantineWorker } from '../workers/apply-quarantine.worker.ts';
import { createResolveEventWorker } from '../workers/resolve-event.worker.ts';
import { createSendNoticeWorker } from '../workers/send-notice.worker.ts';
import { createVerifyImageWorker } from '../workers/verify-image.worker.ts';
import { createHttpServer } from './api/create-http-server.ts';
import { createJudge } from './compose/create-judge.ts';
import { createPollSources, sweptPlaces } from './compose/create-poll-sources.ts';
import { createRegistries } from './compose/create-registries.ts';
import { createSinks } from './compose/create-sinks.ts';
import { createEventSources, createWebhookPlugin } from './compose/create-sources.ts';
import { keepCapabilities } from './compose/keep-capabilities.ts';
import { openDatabase, openRecords } from './compose/open-database.ts';
import { openLeadership } from './compose/open-leadership.ts';
import { openQueueStore } from './compose/open-queue.ts';
import { createReadiness, silentRegistries } from './compose/readiness.ts';
import { createReload, type Reload } from './compose/reload.ts';
import { openReloadableTrust } from './compose/reloadable-trust.ts';
import { createScrape } from './compose/scrape.ts';
import { startSweeping } from './compose/start-sweeping.ts';
import { startWatches } from './compose/start-watches.ts';
import { tellConcerns } from './compose/tell-concerns.ts';
import type { Config } from './config/config.ts';
import { fileToName } from './config/find-config.ts';
import type { Role } from './domain/role.ts';
import { checkTimings, type Timings } from './domain/timings.ts';
import { createEvidenceHabits } from './evidence/evidence-habits.ts';
import { createHeavyGate } from './evidence/heavy-gate.ts';
import { createRightOfWay } from './kit/io/right-of-way.ts';
import type { Startup } from './lifecycle.ts';
import { keepConcerns } from './pipeline/act/keep-concerns.ts';
import type { PipelineContext } from './pipeline/pipeline-context.ts';
import { createReceiver } from './pipeline/receive/receive-push.ts';
import { createJobQueue } from './queue/create-job-queue.ts';
import { createInFlightWindows } from './queue/in-flight-windows.ts';
import { createShortWay } from './queue/short-way.ts';
import { startWorkers } from './queue/start-workers.ts';
import { takeFolder } from './records/folder/data-folder.ts';
import { writeReloadNote } from './records/folder/reload-note.ts';
import { createMetrics } from './telemetry/metrics.ts';

/** What the daemon is made with. */
export interface DaemonOptions {
  readonly config: Config;
  readonly version: string;
  readonly logger: Logger;
  readonly timings: Timings;
  /** Reads the configuration again. @throws {InvalidInputError} with every fault */
  readonly read: () => Promise<Config>;
  /** What is never logged; secrets that are read later are added. */
  readonly secrets: Set<string>;
}

/** The daemon, running. */
export interface Daemon {
  /** The address it listens on. */
  readonly url: string;
  /** Where it takes deliveries by TLS, if it does. */
  readonly tlsUrl?: string;
  readonly reload: Reload;
}

/**
 * Builds all parts of the daemon, hands them to each other and starts them in this order; they stop in reverse: first
 * what brings new work, then what does it, last what keeps it.
 * @throws {FaultError} of the part that cannot start
 */
export async function startDaemon(options: DaemonOptions, startup: Startup): Promise<Daemon> {
  const { config, version, logger, read, secrets } = options;
  const timings = checkTimings(options.timings);
  const has = (role: Role): boolean => config.roles.includes(role);
  const clock = (): Date => new Date();
  let { policies } = config;
  const metrics = createMetrics({ version, roles: config.roles });
  // D3: what is remembered of trust roots has one owner. The embedded PostgreSQL takes the folder itself.
  if (config.postgres !== undefined) {
    const folder = await takeFolder(config.dataDir);
    startup.own({ name: 'data folder', stop: () => folder.release() });
  }
  const database = await openDatabase(config, logger, startup.fail);
  startup.own({ name: 'database', stop: () => database.stop() });
  const records = await openRecords(database.connection, logger, timings);
  startup.own({ name: 'record', stop: () => records.close() });
  const jobs = openQueueStore(config, database.connection, logger);
  startup.own({ name: 'queue store', stop: () => jobs.close() });
  const windows = createInFlightWindows();
  const shortWay = createShortWay();
  const leadership = await openLeadership({ config, connection: database.connection, logger }, startup);
  const { isShared } = leadership;
  const queue = await createJobQueue({ store: jobs.store, logger, windows, shortWay, isShared });
  startup.own({ name: 'queue', stop: () => queue.close() });

  const trust = await openReloadableTrust(config, logger, {
    record: records.epochs,
    leads: () => leadership.term('trust') !== undefined,
  });
  startup.own({ name: 'trust roots', stop: () => trust.stop() });
  await trust.start(({ epoch }) =>
    logger.info({ trustEpoch: epoch }, 'a trust root changed: all images are judged again'),
  );
  const registries = createRegistries(config, {
    onRequest: ({ registryId, status }) => metrics.registryRequest(registryId, status),
    onServerTime: (host, time) => trust.hear(host, time),
    lockedImages: records.locked,
  });
  startup.own({ name: 'registries', stop: () => registries.close() });
  const kept = { registries: registries.byId, record: records.capabilities, asks: has('verify'), logger };
  const capabilities = keepCapabilities(kept);
  startup.own({ name: 'capabilities of registries', stop: () => capabilities.stop() });
  const sinks = createSinks(config);
  startup.own({
    name: 'sinks',
    stop: async () => void (await Promise.all([...sinks.values()].map((sink) => sink.close?.()))),
  });
  const judge = createJudge({
    concurrency: config.concurrency,
    evidenceBytes: config.evidenceBytes,
    trust,
    logger,
    metrics,
  });
  startup.own({ name: 'verification threads', stop: () => judge.stop() });

  const concerns = keepConcerns(
    clock,
    tellConcerns({ acts: has('act'), left: records.concerns, sinks, turns: records.turns, clock, logger }),
  );
  const context: PipelineContext = {
    registries: registries.byId,
    records,
    queue,
    isShared,
    policies: () => policies,
    trustEpoch: () => trust.epoch(),
    habits: createEvidenceHabits(),
    heavyLooks: createHeavyGate(),
    judge,
    sinks,
    sinkIds: config.sinkIds,
    quarantine: { ...config.quarantine, onRejectedInput: config.onRejectedInput },
    concerns,
    configFile: fileToName(config.file),
    evidenceBytes: config.evidenceBytes,
    rescanEveryMs: config.rescanEveryMs,
    clock,
    logger,
    metrics,
  };
  const rightOfWay = createRightOfWay();
  const workers = await startWorkers(
    {
      ...(has('verify') && {
        'resolve-event': createResolveEventWorker(context),
        'judge-subject': createVerifyImageWorker(context),
      }),
      ...(has('act') && {
        'apply-quarantine': createApplyQuarantineWorker(context),
        'send-notice': createSendNoticeWorker(context),
      }),
    },
    {
      ...{ store: jobs.store, logger, windows, shortWay, rightOfWay, timings },
      concurrency: { 'judge-subject': config.concurrency },
    },
  );
  startup.own({ name: 'workers', stop: (giveUp) => workers.stop(giveUp) });

  const receiver = createReceiver({
    concerns,
    inbox: records.inbox,
    queue,
    rightOfWay,
    registries: registries.byId,
    policies: () => policies,
    judgedUnder: () => ({ policyRevision: policies.revision, trustEpoch: context.trustEpoch() }),
    quarantineTag: config.quarantine.tag,
    sweptBy: (id) => sweptPlaces(config).flatMap((place) => (place.registryId === id ? [place.sourceId] : [])),
    clock,
    logger,
    metrics,
  });
  const checkClock = (): void => void trust.current();
  const listening = { receiver, logger, metrics, concerns, timings, checkClock };
  const sweeps = createPollSources(config, {
    ...listening,
    sweeps: records.sweeps,
    registries: registries.byId,
    policies: () => policies,
    clock,
    leaseMs: timings.sweepLeaseMs,
    term: () => leadership.term('sweeps'),
  });
  const sources = [...(await createEventSources(config, listening)), ...(has('verify') ? sweeps : [])];
  const webhooks = createWebhookPlugin(config, listening);
  const http = await createHttpServer(config.http, {
    ...(webhooks !== undefined && { webhooks }),
    readiness: createReadiness(records, queue, sources),
    concerns: () => [...concerns.current(), ...silentRegistries(registries.byId)],
    metrics: createScrape(metrics, {
      records,
      queue,
      sources,
      registries: registries.byId,
      announcing: config.announcing,
      sweptPlaces: sweptPlaces(config),
      trust,
      leadership,
      clock,
      logger,
    }),
    roles: config.roles,
    leadership,
    ...(has('api') && {
      query: records.query,
      unmade: { ...records.rehearsals, ...records.held, ...records.audit },
      registries: () => registries.byId.values(),
    }),
    logger,
  });
  const { url, tls } = await http.start();
  startup.own({ name: 'HTTP server', stop: () => http.stop() });
  for (const source of sources) {
    await source.start();
    startup.own({ name: `source ${source.id}`, stop: () => source.stop() });
  }
  startWatches(
    { config, records, sources, registries: registries.byId, concerns, metrics, sinks, clock, logger },
    startup,
  );
  const walked = { ...context, outdated: records.outdated, recordJudge: judge };
  startSweeping({ config, context: walked, leadership, keeping: records.keeping, metrics, trust }, startup);
  const reload = createReload({
    config,
    read,
    trust,
    setPolicies: (read) => {
      policies = read;
    },
    renewTls: () => http.renewTls(),
    hide: (more) => {
      for (const secret of more) secrets.add(secret);
    },
    note: (note) => writeReloadNote(config.dataDir, note),
    metrics,
    concerns,
    clock,
    logger,
  });
  return { url, reload, ...(tls !== undefined && { tlsUrl: tls.url }) };
}
