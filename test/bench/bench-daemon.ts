import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { GITHUB_ISSUER, type SigstoreWorld } from '../support/sigstore-world.ts';
import { makeTempDir } from '../support/temp-dir.ts';

/** The receiver's path and secret. */
export const HOOK = 'benchmark-of-lazaret-hook';

/** Runs what `make build` has compiled, with the options it is meant to have. */
const LAUNCHER = 'bin/lazaret';

export interface BenchDaemon {
  readonly daemon: LazaretDaemon;
  readonly hookUrl: string;
  /** Where it keeps its record. */
  readonly dataDir: string;
  /** Where pushes of another registry are announced. */
  hookOf(registryId: string): string;
  /** Ends it and starts it again on the same folder; what is done between, its PostgreSQL is not running for. */
  restart(between?: () => Promise<void>): Promise<LazaretDaemon>;
  stop(): Promise<void>;
}

interface BenchOptions {
  /** A second registry, which accepts requests and does not answer. */
  readonly silentUrl?: string;
  /** What starts the command line; default: this checkout's. */
  readonly launcher?: string;
  /** Runs the sources, whatever is built. */
  readonly fromSources?: boolean;
  /** More policies than the one that covers everything, each about another team's images. */
  readonly otherPolicies?: number;
  /** More registries, `more-1` and so on, which hold `more-1/**` of the same host. */
  readonly moreRegistries?: number;
}

/** Starts the daemon on its embedded default, as `make build` has compiled it. */
export async function startBenchDaemon(
  registryUrl: string,
  sigstore: SigstoreWorld,
  { silentUrl, launcher = LAUNCHER, fromSources = false, otherPolicies = 0, moreRegistries = 0 }: BenchOptions = {},
): Promise<BenchDaemon> {
  // Made anew each time: what is shared would be written as an alias, which the configuration refuses.
  const registry = () => ({ plainHttp: true, repositories: ['bench/**'] });
  const hook = { kind: 'webhook', dialect: 'lazaret' };
  const silent = silentUrl !== undefined;
  const more = Array.from({ length: moreRegistries }, (_, at) => `more-${at + 1}`);
  const dir = await makeTempDir('bench');
  const port = await freePort();
  const start = (): Promise<LazaretDaemon> =>
    startLazaret({
      dir: dir.path,
      port,
      ...(!fromSources && { entry: [launcher] }),
      config: {
        dataDir: 'data',
        http: { port },
        log: { level: 'warn', format: 'json' },
        concurrency: 16,
        registries: [
          { id: 'prod', url: registryUrl, ...registry() },
          ...(silent ? [{ id: 'silent', url: silentUrl, ...registry() }] : []),
          ...more.map((id) => ({ id, url: registryUrl, plainHttp: true, repositories: [`${id}/**`] })),
        ],
        sources: [
          { ...hook, id: 'hook', registry: 'prod', path: HOOK },
          ...(silent ? [{ ...hook, id: 'silent', registry: 'silent', path: `${HOOK}-silent` }] : []),
          ...more.map((id) => ({ ...hook, id, registry: id, path: `${HOOK}-${id}` })),
        ],
        trust: [{ name: 'bench', trustedRootFile: 'root.json' }],
        policies: ['policy*.yaml'],
        quarantine: { mode: 'observe' },
      },
      files: { 'root.json': sigstore.trustedRoot, ...policies(otherPolicies) },
    });
  let daemon = await start();
  return {
    get daemon() {
      return daemon;
    },
    hookOf: (registryId) => `http://127.0.0.1:${port}/webhooks/${HOOK}-${registryId}`,
    hookUrl: `http://127.0.0.1:${port}/webhooks/${HOOK}`,
    dataDir: join(dir.path, 'data'),
    async restart(between) {
      await daemon.end('SIGTERM');
      await between?.();
      daemon = await start();
      return daemon;
    },
    async stop() {
      await daemon.end('SIGTERM');
      await dir.remove();
    },
  };
}

/** A file holds 256 KiB at most. */
const IN_A_FILE = 100;

function policies(others: number): Readonly<Record<string, string>> {
  const teams = Array.from({ length: others }, (_, at) => policy(`team-${at}`, `registry.example.com/team-${at}/**`));
  const files = Array.from({ length: Math.ceil(others / IN_A_FILE) }, (_, at) => [
    `policy-${at}.yaml`,
    teams.slice(at * IN_A_FILE, (at + 1) * IN_A_FILE).join('---\n'),
  ]);
  return { 'policy.yaml': policy('bench', '**'), ...Object.fromEntries(files) };
}

function policy(name: string, images: string): string {
  const signer = { trust: 'bench', issuer: GITHUB_ISSUER, subject: { pattern: 'https://github.com/acme/app/.*' } };
  const source = { repository: 'https://github.com/acme/app' };
  return stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name },
    spec: { images: [images], grace: '1h', require: [{ name: 'built by us', provenance: { signer, source } }] },
  });
}
