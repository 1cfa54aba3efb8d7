import { stringify } from 'yaml';
import { freePort } from '../../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../../support/lazaret-daemon.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

/** How the registry is asked what lies in it. */
export type Way = 'catalog' | 'harbor' | 'ecr';

export interface SweepingDaemon {
  readonly daemon: LazaretDaemon;
  /** Sweeps that have ended. */
  swept(): number;
  stop(): Promise<void>;
}

/** Starts the daemon on its embedded default, before a registry that announces nothing and images of no policy. */
export async function startSweepingDaemon(url: string, way: Way, launcher = 'bin/lazaret'): Promise<SweepingDaemon> {
  const dir = await makeTempDir('bench');
  const port = await freePort();
  const daemon = await startLazaret({
    dir: dir.path,
    port,
    entry: [launcher],
    config: {
      dataDir: 'data',
      http: { port },
      log: { format: 'json' },
      registries: [{ id: 'prod', url, plainHttp: true, ...KINDS[way](url) }],
      sources: [{ kind: 'poll', id: 'sweep', registry: 'prod', every: '1m' }],
      trust: [{ name: 'sigstore', refresh: false }],
      policies: ['policy.yaml'],
      noMatch: 'ignore',
      quarantine: { mode: 'observe' },
    },
    files: { 'policy.yaml': policy() },
    // Nobody checks them here, and nobody has others.
    env: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'benchmark' },
  });
  return {
    daemon,
    swept: () => daemon.output().split('"msg":"sweep done"').length - 1,
    async stop() {
      await daemon.end('SIGTERM');
      await dir.remove();
    },
  };
}

const KINDS: Readonly<Record<Way, (url: string) => object>> = {
  catalog: () => ({}),
  harbor: () => ({ kind: 'harbor' }),
  ecr: (url) => ({ kind: 'ecr', endpoint: url, region: 'eu-central-1', registryId: '123456789012' }),
};

/** Of images that are not there: what judging costs is measured elsewhere. */
function policy(): string {
  const signer = { issuer: 'https://issuer.example', subject: 'nobody' };
  const spec = { images: ['**/of-no-registry'], require: [{ name: 'signed', signature: { signer } }] };
  return stringify({ apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'bench' }, spec });
}
