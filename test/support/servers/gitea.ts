import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { makeTempDir } from '../temp-dir.ts';
import { startChild } from './child-process.ts';
import { answersHttp } from './http-probe.ts';
import { findGitea } from './native-paths.ts';
import { startPostgres } from './postgres.ts';

export interface Gitea {
  /** `127.0.0.1:PORT`, as it stands in image references. */
  readonly host: string;
  readonly url: string;
  /** An administrator. */
  readonly username: string;
  readonly password: string;
  /** Makes an organization whose packages are announced to `hookUrl`, signed with `secret`. */
  announce(organization: string, hookUrl: string, secret: string): Promise<void>;
  stop(): Promise<void>;
}

const USER = { username: 'robot', password: 'canary-of-the-robot-1' };
const run = promisify(execFile);

/** Starts Gitea, with a PostgreSQL of its own: its registry of containers, its webhooks and its API; no pages. */
export async function startGitea(): Promise<Gitea> {
  const program = findGitea();
  if (program === undefined) throw new Error('Gitea is not there: run bin/fetch-test-servers gitea');
  const folder = await makeTempDir('gitea');
  const database = await startPostgres();
  const stops = [() => folder.remove(), () => database.stop()];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const settings = join(folder.path, 'app.ini');
    await writeFile(
      settings,
      settingsOf({ folder: folder.path, port, assets: dirname(program.path), database: new URL(database.url) }),
    );
    const env = { ...process.env, HOME: folder.path, GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: 'true' };
    await run(program.path, ['migrate', '--config', settings], { env });
    const { username, password } = USER;
    const who = ['--username', username, '--password', password, '--email', 'robot@acme.example'];
    const create = ['admin', 'user', 'create', ...who, '--admin', '--must-change-password=false'];
    await run(program.path, [...create, '--config', settings], { env });
    const child = await startChild({
      name: 'gitea',
      command: program.path,
      args: ['web', '--config', settings],
      env: { HOME: folder.path, GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: 'true' },
      ready: () => answersHttp(port, '/api/v1/version', false),
    });
    stops.push(() => child.stop());
    const url = `http://${host}`;
    return { host, url, ...USER, announce: (...about) => announce(url, ...about), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function announce(url: string, organization: string, hookUrl: string, secret: string): Promise<void> {
  await post(`${url}/api/v1/orgs`, { username: organization });
  const config = { url: hookUrl, content_type: 'json', secret };
  await post(`${url}/api/v1/orgs/${organization}/hooks`, { type: 'gitea', active: true, events: ['package'], config });
}

async function post(url: string, body: object): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`Gitea answered ${response.status} for ${url}: ${await response.text()}`);
}

interface Settings {
  readonly folder: string;
  readonly port: number;
  readonly assets: string;
  readonly database: URL;
}

function settingsOf({ folder, port, assets, database }: Settings): string {
  return `
RUN_MODE = prod
WORK_PATH = ${folder}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
STATIC_ROOT_PATH = ${assets}
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = postgres
HOST = ${database.host}
NAME = ${database.pathname.slice(1)}
USER = ${database.username}
PASSWD = ${database.password}
SSL_MODE = disable
[security]
INSTALL_LOCK = true
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
LEVEL = warn
MODE = console
`;
}
