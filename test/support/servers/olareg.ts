import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../free-port.ts';
import { makeTempDir, type TempDir } from '../temp-dir.ts';
import { type BackendOption, chosenBackend } from './backend.ts';
import { startChild } from './child-process.ts';
import { startContainer } from './container.ts';
import { answersHttp } from './http-probe.ts';
import { findOlareg } from './native-paths.ts';
import { TEST_USERS } from './test-users.ts';

export interface OlaregOptions extends BackendOption {
  /** Default: a free one. Give the same again to bring a stopped registry back. */
  readonly port?: number;
  /** Keep the content here as OCI layouts, so that it survives `stop`. Native only. Default: in memory. */
  readonly storageDir?: string;
  /**
   * Ask for credentials, {@link TEST_USERS}: `writer` and `tagger` may do everything, `reader` may read, repositories
   * under `public/` are readable by all (with tokens: by an anonymous token). Default `none`.
   */
  readonly auth?: 'none' | 'basic' | 'token';
  /** Requests a second for each source address; then 429 with `Retry-After: 1`. */
  readonly rateLimit?: number;
  /** Whether the referrers API is served (405 otherwise); default true. */
  readonly referrers?: boolean;
  /** Whether manifests and tags may be deleted; default true. */
  readonly deleteEnabled?: boolean;
  /** Serve TLS with these PEM files. Native only. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface Olareg {
  /** `127.0.0.1:PORT`, as it stands in image references. */
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT` (or https). */
  readonly url: string;
  /** Of the native process. */
  readonly pid?: number;
  stop(): Promise<void>;
}

/** The image of the Docker backend. */
export const OLAREG_IMAGE = 'ghcr.io/olareg/olareg:v0.2.2';

/** Starts olareg: referrers API, token and basic authentication, DELETE of a tag, rate limit; no notifications. */
export async function startOlareg(options: OlaregOptions = {}): Promise<Olareg> {
  const port = options.port ?? (await freePort());
  const temp = await makeTempDir('olareg');
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

async function startNatively(options: OlaregOptions, port: number, temp: TempDir): Promise<Running> {
  const program = findOlareg();
  if (program === undefined) throw new Error('olareg is not there: run bin/fetch-test-servers olareg');
  const users = join(temp.path, 'users.yaml');
  await writeFile(users, stringify(accessRules()));
  const { storageDir, tls } = options;
  if (storageDir !== undefined) await mkdir(storageDir, { recursive: true });
  const child = await startChild({
    name: 'olareg',
    command: program.path,
    args: [
      ...serveArguments(options, { port, listen: port, users }),
      ...['--addr', '127.0.0.1'],
      ...(storageDir === undefined ? ['--store-type', 'mem'] : ['--store-type', 'dir', '--dir', storageDir]),
      ...(tls === undefined ? [] : ['--tls-cert', tls.certFile, '--tls-key', tls.keyFile]),
    ],
    env: program.env,
    ready: () => answersHttp(port, '/', tls !== undefined),
  });
  return { pid: child.pid, stop: child.stop };
}

async function startInDocker(options: OlaregOptions, port: number): Promise<Running> {
  const users = '/etc/users.yaml';
  const container = await startContainer({
    image: OLAREG_IMAGE,
    ports: [{ container: INSIDE_PORT, host: port }],
    command: [...serveArguments(options, { port, listen: INSIDE_PORT, users }), '--store-type', 'mem'],
    files: { [users]: stringify(accessRules()) },
    ready: { http: '/v2/', port: INSIDE_PORT, status: (options.auth ?? 'none') === 'none' ? 200 : 401 },
  });
  return { stop: container.stop };
}

const INSIDE_PORT = 5000;

function serveArguments(options: OlaregOptions, at: { port: number; listen: number; users: string }): string[] {
  const { auth = 'none', rateLimit } = options;
  const basic = auth === 'basic' ? ['--auth-basic', at.users] : [];
  const token =
    auth === 'token' ? ['--auth-token-opaque', at.users, '--external-url', `http://127.0.0.1:${at.port}`] : [];
  return [
    ...['serve', '--port', String(at.listen)],
    `--api-delete=${options.deleteEnabled ?? true}`,
    `--api-referrer=${options.referrers ?? true}`,
    ...basic,
    ...token,
    ...(rateLimit === undefined ? [] : ['--rate-limit', String(rateLimit)]),
  ];
}

/** olareg's file of users; the longest matching `repo` that lists the user wins. */
function accessRules(): object {
  const names = Object.keys(TEST_USERS);
  return {
    users: Object.fromEntries(Object.entries(TEST_USERS).map(([name, user]) => [name, { cred: user.bcrypt }])),
    groups: { all: { members: names } },
    acls: [
      { repo: '', members: ['all'], access: ['read'] },
      { repo: '*', members: ['writer', 'tagger'], access: ['*'] },
      { repo: '*', members: ['reader'], access: ['read'] },
      { repo: 'public/*', anonymous: true, members: ['reader'], access: ['read'] },
      { repo: 'public/*', members: ['writer', 'tagger'], access: ['*'] },
    ],
  };
}
