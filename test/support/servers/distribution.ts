import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../free-port.ts';
import { makeTempDir, type TempDir } from '../temp-dir.ts';
import { waitFor } from '../wait-for.ts';
import { type BackendOption, chosenBackend } from './backend.ts';
import { startChild } from './child-process.ts';
import { startContainer } from './container.ts';
import { answersHttp } from './http-probe.ts';
import { findRegistry } from './native-paths.ts';
import { TEST_USERS } from './test-users.ts';

export interface DistributionOptions extends BackendOption {
  /** Default: a free one. Give the same again to bring a stopped registry back. */
  readonly port?: number;
  /** Keep the content here, so that it survives `stop`. Native only. Default: a temporary folder. */
  readonly storageDir?: string;
  /** Where pushes, pulls and deletes are announced. */
  readonly notifications?: {
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Pause after failed deliveries, default 200 ms. */
    readonly backoffMs?: number;
  };
  /** Whether DELETE is allowed at all (405 otherwise); default true. */
  readonly deleteEnabled?: boolean;
  /** Ask for Basic authentication with {@link TEST_USERS}. */
  readonly basicAuth?: boolean;
  /** Serve TLS with these PEM files. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Image for the Docker backend: `registry:2` (default) or `registry:3`. */
  readonly image?: 'registry:2' | 'registry:3';
}

export interface Distribution {
  /** `127.0.0.1:PORT`, as it stands in image references. */
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT` (or https). */
  readonly url: string;
  /** Of the native process. */
  readonly pid?: number;
  stop(): Promise<void>;
}

/** Starts the registry of the CNCF (2.8 natively): real notifications, no referrers API, no DELETE of a tag in 2.x. */
export async function startDistribution(options: DistributionOptions = {}): Promise<Distribution> {
  const port = options.port ?? (await freePort());
  const temp = await makeTempDir('registry');
  const host = `127.0.0.1:${port}`;
  const address = { host, port, url: `${options.tls === undefined ? 'http' : 'https'}://${host}` };
  const backend = options.backend ?? chosenBackend();
  const start = backend === 'docker' ? startInDocker : startNatively;
  try {
    const running = await start(options, port, temp);
    return { ...address, ...running, stop: () => running.stop().finally(() => temp.remove()) };
  } catch (error) {
    await temp.remove();
    throw error;
  }
}

type Running = { readonly pid?: number; stop(): Promise<void> };

async function startNatively(options: DistributionOptions, port: number, temp: TempDir): Promise<Running> {
  const program = findRegistry();
  if (program === undefined) throw new Error('docker-registry is not there: run bin/fetch-test-servers registry');
  const storage = options.storageDir ?? join(temp.path, 'storage');
  const passwords = join(temp.path, 'htpasswd');
  const config = join(temp.path, 'config.yml');
  await writeFile(passwords, htpasswd());
  await writeFile(config, stringify(configuration(options, { port, storage, passwords, tls: options.tls })));
  const child = await startChild({
    name: 'docker-registry',
    command: program.path,
    args: ['serve', config],
    env: { ...program.env, OTEL_TRACES_EXPORTER: 'none' },
    ready: () => answersHttp(port, '/', options.tls !== undefined),
  });
  return { pid: child.pid, stop: child.stop };
}

/** On the host's network: its notifications must reach a receiver on this machine's loopback. */
async function startInDocker(options: DistributionOptions, port: number): Promise<Running> {
  const tls = options.tls && { certFile: '/etc/lazaret/tls.crt', keyFile: '/etc/lazaret/tls.key' };
  const places = { port, storage: '/var/lib/registry', passwords: '/etc/lazaret/htpasswd', tls };
  const container = await startContainer({
    image: options.image ?? 'registry:2',
    hostNetwork: true,
    command: ['serve', '/etc/lazaret/config.yml'],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    files: {
      '/etc/lazaret/config.yml': stringify(configuration(options, places)),
      [places.passwords]: htpasswd(),
      ...(tls && options.tls && { [tls.certFile]: await readFile(options.tls.certFile, 'utf8') }),
      ...(tls && options.tls && { [tls.keyFile]: await readFile(options.tls.keyFile, 'utf8') }),
    },
    ready: { log: /listening on/ },
  });
  await waitFor(() => answersHttp(port, '/', tls !== undefined), { what: `the registry on port ${port}` });
  return { stop: container.stop };
}

interface Places {
  readonly port: number;
  readonly storage: string;
  readonly passwords: string;
  readonly tls: DistributionOptions['tls'] | undefined;
}

/** The registry's own configuration file, https://distribution.github.io/distribution/about/configuration/. */
function configuration(options: DistributionOptions, places: Places): object {
  const { notifications } = options;
  return {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: places.storage },
      delete: { enabled: options.deleteEnabled ?? true },
    },
    http: {
      addr: `127.0.0.1:${places.port}`,
      ...(places.tls && { tls: { certificate: places.tls.certFile, key: places.tls.keyFile } }),
    },
    ...(options.basicAuth && { auth: { htpasswd: { realm: 'test registry', path: places.passwords } } }),
    ...(notifications && { notifications: { endpoints: [endpoint(notifications)] } }),
  };
}

function endpoint(notifications: NonNullable<DistributionOptions['notifications']>): object {
  const headers = Object.entries(notifications.headers ?? {}).map(([name, value]) => [name, [value]]);
  return {
    name: 'test',
    url: notifications.url,
    headers: Object.fromEntries(headers),
    timeout: '2s',
    threshold: 3,
    backoff: `${notifications.backoffMs ?? 200}ms`,
  };
}

function htpasswd(): string {
  return Object.entries(TEST_USERS)
    .map(([name, user]) => `${name}:${user.bcrypt}\n`)
    .join('');
}
