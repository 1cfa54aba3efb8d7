import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../../support/lazaret-daemon.ts';
import { startKafka } from '../../support/servers/kafka.ts';
import { type SlackReceiver, startSlackReceiver } from '../../support/servers/slack-receiver.ts';
import { type SmtpServer, startSmtp } from '../../support/servers/smtp.ts';
import { createSigstoreWorld, type SigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { type Announcer, createKafkaAnnouncer, createWebhookAnnouncer } from './announcer.ts';
import { type ExternalStores, startExternalStores } from './external-stores.ts';
import { policies } from './policies.ts';
import { type RegistryKind, startWorldRegistry, type WorldRegistry } from './registry.ts';
import { SECRETS, secretFiles } from './secrets.ts';

export interface WorldOptions {
  readonly registry: RegistryKind;
  readonly source: 'webhook' | 'kafka';
  /** `embedded`: everything in the daemon's own PostgreSQL; `external`: PostgreSQL and Redis beside it. */
  readonly stores: 'embedded' | 'external';
  /** What the first daemon does; absent: everything. */
  readonly roles?: string;
  /** Further sources, and the files they name. */
  readonly sources?: readonly Readonly<Record<string, unknown>>[];
  readonly files?: Readonly<Record<string, string>>;
}

/** All daemons of a world, for they must agree on the leases of their record. */
const HASTY = join(import.meta.dirname, '../../support/serve-hastily.ts');

/** A daemon between a real registry and people, with all that is needed to push at it and to look at what it did. */
export interface World {
  /** Holds the daemon's configuration, and its record under `data`. */
  readonly dir: string;
  readonly registry: WorldRegistry;
  /** The instance whose root the daemon trusts. */
  readonly sigstore: SigstoreWorld;
  readonly announcer: Announcer;
  /** Whether the registry announces pushes by itself. */
  readonly announcesItself: boolean;
  readonly slack: SlackReceiver;
  readonly smtp: SmtpServer;
  readonly daemon: () => LazaretDaemon;
  /** Kills the daemon at once, as power loss or the OOM killer would. */
  kill(): Promise<void>;
  /** Starts it again after a kill, on the same folder and port. */
  restart(): Promise<void>;
  /**
   * Starts another daemon on the same stores, with a folder and a port of its own, and what announces pushes to it.
   * It does everything, or what `roles` say.
   */
  startTwin(roles?: string): Promise<{ readonly daemon: LazaretDaemon; readonly announcer: Announcer }>;
  /** Everything all daemons of this world have printed. */
  output(): string;
  stop(): Promise<void>;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const stops: (() => Promise<void>)[] = [];
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    stops.push(() => part.stop());
    return part;
  };
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    return await build(options, keep, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  options: WorldOptions,
  keep: <T extends { stop(): Promise<void> }>(part: T) => T,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<World> {
  const dir = await makeTempDir('e2e');
  stops.push(() => dir.remove());
  const port = await freePort();
  const hookUrl = `http://127.0.0.1:${port}/webhooks/hook`;
  const announcesItself = options.registry === 'distribution' && options.source === 'webhook';
  const registry = keep(await startWorldRegistry(options.registry, announcesItself ? hookUrl : undefined));
  const slack = keep(await startSlackReceiver());
  const smtp = keep(await startSmtp({ auth: { username: 'lazaret', password: SECRETS.smtp } }));
  const stores = options.stores === 'external' ? keep(await startExternalStores()) : undefined;
  const brokers = options.source === 'kafka' ? keep(await startKafka()).brokers : [];
  const announcer = keep(
    options.source === 'kafka' ? await createKafkaAnnouncer(brokers, 'pushes') : createWebhookAnnouncer(hookUrl),
  );
  const sigstore = createSigstoreWorld();
  const start = (at = { dir: dir.path, port }, roles = options.roles): Promise<LazaretDaemon> =>
    startLazaret({
      ...at,
      ...(roles !== undefined && { roles }),
      entry: [process.execPath, HASTY],
      config: configOf({ options, port: at.port, registry, smtp, stores, brokers }),
      files: {
        'policies/acme.yaml': policies(registry.host),
        'acme-root.json': sigstore.trustedRoot,
        ...secretFiles(slack.url),
        ...stores?.files,
        ...options.files,
      },
    });
  let daemon = await start();
  let printed = '';
  stops.push(async () => void (await daemon.end('SIGTERM')));
  return {
    dir: dir.path,
    registry,
    sigstore,
    announcer,
    announcesItself,
    slack,
    smtp,
    daemon: () => daemon,
    async kill() {
      await daemon.end('SIGKILL');
      printed += daemon.output();
    },
    async restart() {
      daemon = await start();
    },
    async startTwin(roles) {
      const folder = await makeTempDir('e2e-twin');
      stops.push(() => folder.remove());
      const twinPort = await freePort();
      const twin = await start({ dir: folder.path, port: twinPort }, roles);
      stops.push(async () => void (await twin.end('SIGTERM')));
      const hook = `http://127.0.0.1:${twinPort}/webhooks/hook`;
      return { daemon: twin, announcer: keep(createWebhookAnnouncer(hook)) };
    },
    output: () => printed + daemon.output(),
    stop,
  };
}

interface ConfigInput {
  readonly options: WorldOptions;
  readonly port: number;
  readonly registry: WorldRegistry;
  readonly smtp: SmtpServer;
  readonly stores: ExternalStores | undefined;
  readonly brokers: readonly string[];
}

function configOf({ options, port, registry, smtp, stores, brokers }: ConfigInput): Record<string, unknown> {
  const common = { dialect: 'distribution', registry: 'prod' };
  const source =
    options.source === 'kafka'
      ? { kind: 'kafka', id: 'pushes', brokers: [...brokers], topic: 'pushes', group: 'lazaret', ...common }
      : { kind: 'webhook', id: 'hook', bearerFile: 'secrets/hook', ...common };
  return {
    dataDir: 'data',
    http: { host: '127.0.0.1', port },
    log: { level: 'debug', format: 'json' },
    registries: [registry.config],
    sources: [source, ...(options.sources ?? [])],
    trust: [{ name: 'acme', trustedRootFile: 'acme-root.json' }],
    policies: ['policies/*.yaml'],
    // Nearly every test waits for the end of a grace, which is found by a round.
    sweepEvery: '1s',
    // Most images of these tests are meant to fail; that the breaker holds is tested elsewhere.
    quarantine: { mode: 'tag', breaker: { perHour: 1000, share: 1 } },
    notify: [
      { kind: 'slack', id: 'security', urlFile: 'secrets/slack' },
      {
        kind: 'email',
        id: 'oncall',
        smtp: {
          host: smtp.host,
          port: smtp.port,
          security: 'none',
          username: 'lazaret',
          passwordFile: 'secrets/smtp',
        },
        from: 'lazaret@acme.example',
        to: ['oncall@acme.example'],
      },
    ],
    ...stores?.config,
  };
}
