import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { makeTempDir } from '../temp-dir.ts';
import { startChild } from './child-process.ts';
import { findPgBouncer } from './native-paths.ts';
import { systemUser } from './postgres.ts';

export interface PgBouncer {
  /** The same database as behind it, by the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts PgBouncer as it is set up by default before the database at this URL, with this `pool_mode`. */
export async function startPgBouncer(
  database: string,
  mode: 'session' | 'transaction' | 'statement',
  more: readonly string[] = [],
): Promise<PgBouncer> {
  const program = findPgBouncer();
  if (program === undefined) throw new Error('pgbouncer is not there: run bin/fetch-test-servers pgbouncer');
  const temp = await makeTempDir('pgbouncer');
  const behind = new URL(database);
  const name = behind.pathname.slice(1);
  const port = await freePort();
  const [settings, users] = [join(temp.path, 'pgbouncer.ini'), join(temp.path, 'users.txt')];
  const lines = [
    '[databases]',
    `${name} = host=${behind.hostname} port=${behind.port} dbname=${name}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'auth_type = plain',
    `auth_file = ${users}`,
    `pool_mode = ${mode}`,
    'unix_socket_dir =',
    ...more,
  ];
  try {
    await writeFile(settings, `${lines.join('\n')}\n`);
    await writeFile(users, `"${behind.username}" "${behind.password}"\n`);
    for (const path of [settings, users]) await chmod(path, 0o644);
    await chmod(temp.path, 0o755);
    const user = await systemUser();
    const child = await startChild({
      name: 'pgbouncer',
      command: program.path,
      args: [settings],
      env: program.env,
      cwd: temp.path,
      ...(user && { user: user.name }),
      ready: (output) => output.includes('process up'),
      stopSignal: 'SIGINT',
    });
    const url = new URL(database);
    url.port = String(port);
    return { url: url.href, stop: () => child.stop().finally(() => temp.remove()) };
  } catch (error) {
    await temp.remove();
    throw error;
  }
}
