import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DatabaseConnection } from '../../src/records/server/create-pool.ts';
import { findEmbeddedPostgres } from '../../src/records/server/embedded-postgres.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
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
import { waitFor } from '../support/wait-for.ts';
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

/** A daemon with everything around it, all of which can be broken. */
export interface ChaosWorld
  extends Pick<ChaosStores, 'postgres' | 'redis' | 'disk'>,
    Pick<ChaosSources, 'hookUrl' | 'ways' | 'kafka'> {
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
  readonly daemon: () => LazaretDaemon;
  /** How to reach its record; `null` while that is not there. */
  connection(): Promise<DatabaseConnection | null>;
  kill(): Promise<void>;
  /** Ends it as a supervisor would; resolves with its exit code and the time it took, in ms. */
  terminate(): Promise<{ readonly code: number | null; readonly ms: number }>;
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Waits until it is ready again; where it has ended, it is started as a supervisor would. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

/** From the sources, with leases of seconds, in the limits of memory that its launcher sets. */
const IN_CHAOS = {
  command: [
    process.execPath,
    '--expose-gc',
    '--heap-growing-percent=100',
    join(import.meta.dirname, 'serve-in-chaos.ts'),
  ],
  env: { MALLOC_ARENA_MAX: '1' },
};
/** As people start it: what was built, by its launcher. */
const AS_BUILT = { command: [join(import.meta.dirname, '../../bin/lazaret')], env: {} };
const WRONG_CLOCK = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'shift-clock.ts')}` };
/** A supervisor waits a little before it starts what has ended. */
const RECOVERED_WITHIN_MS = 60_000;

/** Starts all of it; `isBuilt`: with the daemon as people start it, which has its leases of a minute. */
export async function startChaosWorld(options: ChaosOptions, history: History, isBuilt = false): Promise<ChaosWorld> {
  const program = isBuilt ? AS_BUILT : IN_CHAOS;
  const stops: (() => Promise<unknown>)[] = [];
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
  const port = await freePort();
  const onStop = (stop: () => Promise<unknown>): void => void stops.push(stop);
  const stores = await startStores(options, dir.path, onStop);
  const sources = await startSources(options.sources, port, onStop);
  const start = (env: Readonly<Record<string, string>>) =>
    startLazaret({
      dir: dir.path,
      port,
      entry: program.command,
      env: {
        ...program.env,
        ...env,
        ...('CHAOS_CLOCK_MS' in env && WRONG_CLOCK),
        ...sources.env,
        ...(options.bug !== undefined && { CHAOS_BUG: options.bug }),
      },
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
    });
  let daemon = await start({});
  stops.push(async () => daemon.end('SIGTERM'));
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
    daemon: () => daemon,
    async connection() {
      const url = stores.files['postgres'];
      return url === undefined ? findEmbeddedPostgres(join(dir.path, 'data')) : { url };
    },
    ...sources,
    ...stores,
    async kill() {
      await daemon.end('SIGKILL');
    },
    async terminate() {
      const before = performance.now();
      const code = await daemon.end('SIGTERM');
      return { code, ms: performance.now() - before };
    },
    async start(env = {}) {
      daemon = await start(env);
    },
    async recover() {
      const isReady = async () => daemon.hasEnded() || (await fetch(`${daemon.url}/readyz`)).ok;
      await waitFor(isReady, { what: 'the daemon to recover', timeoutMs: RECOVERED_WITHIN_MS, context: daemon.output });
      if (!daemon.hasEnded()) return;
      history.add('with its disk full, the daemon ended, and is started');
      daemon = await start({});
    },
    async stop() {
      for (const end of stops.splice(0).toReversed()) await end();
    },
  };
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
