import { join } from 'node:path';
import { stringify } from 'yaml';
import { ROLES } from '../../src/domain/role.ts';
import type { DatabaseConnection } from '../../src/records/server/create-pool.ts';
import { findEmbeddedPostgres } from '../../src/records/server/embedded-postgres.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { startOlareg } from '../support/servers/olareg.ts';
import { type SlackReceiver, startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { type SmtpServer, startSmtp } from '../support/servers/smtp.ts';
import {
  createKeyPair,
  createSigstoreWorld,
  GITHUB_ISSUER,
  type SigstoreWorld,
  type TestKey,
} from '../support/sigstore-world.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { type ChaosProcess, type Supervised, startProcess } from './chaos-process.ts';
import { type ChaosSources, startSources } from './chaos-sources.ts';
import { type ChaosStores, startStores } from './chaos-stores.ts';
import { type ChaosTrust, startTrust, TRUST } from './chaos-trust.ts';
import type { History } from './history.ts';
import type { ChaosOptions } from './options.ts';
import { REGISTRIES } from './plan-workload.ts';

/** One registry as the daemon sees it: a proxy of its own in front of a server that all share. */
export interface ChaosRegistry {
  readonly id: string;
  readonly proxy: FaultProxy;
}

/** A process of one's own in a world: its folder and port, and what it is started by. */
export interface Place {
  readonly dir: string;
  readonly port: number;
  readonly entry: readonly string[];
  /** Changes what its configuration says: another release may know other keys. */
  readonly edit: (config: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

/** A daemon with everything around it, all of which can be broken. */
export interface ChaosWorld
  extends Pick<ChaosStores, 'postgres' | 'redis' | 'disk'>,
    Pick<ChaosSources, 'hookUrls' | 'ways' | 'kafka'> {
  readonly history: History;
  /** The registry itself, which nothing breaks: where images are pushed, and looked at in the end. */
  readonly pushUrl: string;
  readonly registries: readonly ChaosRegistry[];
  readonly slack: SlackReceiver;
  /** What the daemon sends its messages to Slack through. */
  readonly slackProxy: FaultProxy;
  readonly smtp: SmtpServer;
  readonly sigstore: SigstoreWorld;
  readonly trust: ChaosTrust;
  /** Whose signature the policy asks for, or that of a workflow whose certificate `sigstore` issued. */
  readonly key: TestKey;
  /** One that does everything, or three of each role. */
  readonly processes: readonly ChaosProcess[];
  /** One that answers questions about the record. */
  daemon(): LazaretDaemon;
  /** Starts another process on the same stores, which whoever launches it ends. */
  launch(place: Place): Promise<LazaretDaemon>;
  /** How to reach its record; `null` while that is not there. */
  connection(): Promise<DatabaseConnection | null>;
  stop(): Promise<void>;
}

/** So many processes of each role, where the daemon is divided. */
const EACH = 3;

/**
 * Starts all of it. `isEmpty`: without a daemon, for whoever launches his own; `isBuilt`: with the daemon as people start it,
 * which has its leases of a minute.
 */
export async function startChaosWorld(
  options: ChaosOptions,
  history: History,
  { isEmpty = false, isBuilt = false } = {},
): Promise<ChaosWorld> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const wanted = isEmpty ? [] : options.record === 'roles' ? DIVIDED : [{ role: 'daemon', number: 1 } as const];
    return { ...(await build(options, { history, stops, wanted, isBuilt })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type WantedProcess = Pick<ChaosProcess, 'role'> & { readonly number: number };

const DIVIDED: readonly WantedProcess[] = ROLES.flatMap((role) =>
  Array.from({ length: EACH }, (_, at) => ({ role, number: at + 1 })),
);

async function build(
  options: ChaosOptions,
  {
    history,
    stops,
    wanted,
    isBuilt,
  }: {
    readonly history: History;
    readonly stops: (() => Promise<unknown>)[];
    readonly wanted: readonly WantedProcess[];
    readonly isBuilt: boolean;
  },
): Promise<Omit<ChaosWorld, 'stop'>> {
  const keep = <T>(part: T, stop: () => Promise<unknown>): T => {
    stops.push(stop);
    return part;
  };
  const dir = await makeTempDir('chaos');
  stops.push(() => dir.remove());
  const olareg = await startOlareg();
  stops.push(() => olareg.stop());
  const registries: ChaosRegistry[] = [];
  for (const id of REGISTRIES) {
    const proxy = await startFaultProxy(new URL(olareg.url));
    registries.push(keep({ id, proxy }, () => proxy.stop()));
  }
  const slack = await startSlackReceiver();
  const slackProxy = await startFaultProxy(new URL(slack.url));
  stops.push(() => slackProxy.stop().then(() => slack.stop()));
  const smtp = await startSmtp({ startTls: 'off' });
  stops.push(() => smtp.stop());
  const sigstore = createSigstoreWorld();
  const key = createKeyPair();
  const trust = await startTrust(sigstore, (stop) => stops.push(stop));
  const onStop = (stop: () => Promise<unknown>): void => void stops.push(stop);
  const stores = await startStores(options, dir.path, onStop);
  let processes: readonly ChaosProcess[] = [];
  const hookPorts = () => processes.filter(({ role }) => /ingest|daemon/.test(role)).map(({ port }) => port());
  const sources = await startSources(options.sources, hookPorts, onStop);
  const supervised: Supervised = {
    dir: dir.path,
    history,
    onStop,
    isBuilt,
    options: (port) => ({
      env: { ...sources.env, ...(options.bug !== undefined && { CHAOS_BUG: options.bug }) },
      config: {
        dataDir: 'data',
        http: { host: '127.0.0.1', port },
        log: { level: 'info', format: 'json' },
        concurrency: 16,
        registries: registries.map(({ id, proxy }) => ({
          id,
          url: proxy.url,
          plainHttp: true,
          repositories: ['acme/**'],
          eventHosts: [proxy.host],
          writeCredentials: 'none',
        })),
        sources: sources.config,
        policies: ['policy.yaml'],
        trust: trust.config,
        sweepEvery: '1s',
        quarantine: {
          mode: 'tag',
          breaker: {
            perHour: 100_000,
            share: 1,
            perRegistry: { perHour: 100_000 },
            perRepository: { perHour: 100_000 },
          },
        },
        notify: [
          { kind: 'slack', id: 'slack', urlFile: 'slack' },
          {
            kind: 'email',
            id: 'mail',
            smtp: { host: '127.0.0.1', port: smtp.port, security: 'none' },
            from: 'lazaret@acme.example',
            to: ['oncall@acme.example'],
          },
        ],
        ...stores.config,
      },
      files: {
        slack: slackProxy.url + new URL(slack.url).pathname,
        'alice.pub': key.pem,
        'policy.yaml': policyFor(registries),
        ...trust.files,
        ...stores.files,
      },
    }),
  };
  processes = await startProcesses(supervised, wanted);
  return {
    history,
    pushUrl: olareg.url,
    registries,
    slack,
    slackProxy,
    smtp,
    sigstore,
    trust,
    key,
    processes,
    daemon() {
      const serving = processes.filter(({ role }) => /api|daemon/.test(role)).map((each) => each.daemon());
      const [first = serving[0]] = serving.filter((each) => !each.hasEnded());
      if (first === undefined) throw new RangeError('nobody serves the API');
      return first;
    },
    launch({ edit, ...place }) {
      const { config, ...rest } = supervised.options(place.port);
      return startLazaret({ ...rest, ...place, config: edit(config) });
    },
    async connection() {
      const url = stores.files['postgres'];
      return url === undefined ? findEmbeddedPostgres(join(dir.path, 'data')) : { url };
    },
    ...sources,
    ...stores,
  };
}

/** So many start at once as there are of a role: on two cores, all at once would wait for each other. */
async function startProcesses(
  supervised: Supervised,
  wanted: readonly WantedProcess[],
): Promise<readonly ChaosProcess[]> {
  const started: ChaosProcess[] = [];
  for (const group of Map.groupBy(wanted, ({ role }) => role).values())
    started.push(...(await Promise.all(group.map(({ role, number }) => startProcess(supervised, role, number)))));
  return started;
}

const WORKFLOW = { trust: TRUST, issuer: GITHUB_ISSUER, subject: { pattern: 'https://github\\.com/acme/app/.*' } };

function policyFor(registries: readonly ChaosRegistry[]): string {
  return stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'chaos' },
    spec: {
      images: registries.map(({ proxy }) => `${proxy.host}/acme/**`),
      grace: '2s',
      require: [{ name: 'signed by alice', signature: { of: [{ key: 'alice.pub' }, WORKFLOW] } }],
    },
  });
}
