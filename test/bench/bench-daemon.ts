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
  /** Ends it and starts it again on the same folder. */
  restart(): Promise<LazaretDaemon>;
  stop(): Promise<void>;
}

interface BenchOptions {
  /** A second registry, which accepts requests and does not answer. */
  readonly silentUrl?: string;
  /** What starts the command line; default: this checkout's. */
  readonly launcher?: string;
  /** Runs the sources, whatever is built. */
  readonly fromSources?: boolean;
}

/** Starts the daemon on its embedded default, as `make build` has compiled it. */
export async function startBenchDaemon(
  registryUrl: string,
  sigstore: SigstoreWorld,
  { silentUrl, launcher = LAUNCHER, fromSources = false }: BenchOptions = {},
): Promise<BenchDaemon> {
  // Made anew each time: what is shared would be written as an alias, which the configuration refuses.
  const registry = () => ({ plainHttp: true, repositories: ['bench/**'] });
  const hook = { kind: 'webhook', dialect: 'lazaret' };
  const silent = silentUrl !== undefined;
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
        ],
        sources: [
          { ...hook, id: 'hook', registry: 'prod', path: HOOK },
          ...(silent ? [{ ...hook, id: 'silent', registry: 'silent', path: `${HOOK}-silent` }] : []),
        ],
        trust: [{ name: 'bench', trustedRootFile: 'root.json' }],
        policies: ['policy.yaml'],
        quarantine: { mode: 'observe' },
      },
      files: { 'root.json': sigstore.trustedRoot, 'policy.yaml': policy() },
    });
  let daemon = await start();
  return {
    get daemon() {
      return daemon;
    },
    hookOf: (registryId) => `http://127.0.0.1:${port}/webhooks/${HOOK}-${registryId}`,
    hookUrl: `http://127.0.0.1:${port}/webhooks/${HOOK}`,
    dataDir: join(dir.path, 'data'),
    async restart() {
      await daemon.end('SIGTERM');
      daemon = await start();
      return daemon;
    },
    async stop() {
      await daemon.end('SIGTERM');
      await dir.remove();
    },
  };
}

function policy(): string {
  const signer = { trust: 'bench', issuer: GITHUB_ISSUER, subject: { pattern: 'https://github.com/acme/app/.*' } };
  const source = { repository: 'https://github.com/acme/app' };
  return stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'bench' },
    spec: { images: ['**'], grace: '1h', require: [{ name: 'built by us', provenance: { signer, source } }] },
  });
}
