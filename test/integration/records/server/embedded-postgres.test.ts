import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FaultError } from '../../../../src/kit/errors.ts';
import { createPool, type DatabaseConnection } from '../../../../src/records/server/create-pool.ts';
import {
  type EmbeddedPostgres,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../../src/records/server/embedded-postgres.ts';
import { type Child, startChild } from '../../../support/servers/child-process.ts';
import { makeTempDir, type TempDir } from '../../../support/temp-dir.ts';
import { waitFor } from '../../../support/wait-for.ts';

const logger = pino({ level: 'silent' });

describe('the embedded PostgreSQL', () => {
  let temp: TempDir;
  let dataDir: string;
  const started: EmbeddedPostgres[] = [];
  const children: Child[] = [];

  beforeEach(async () => {
    temp = await makeTempDir('embedded');
    dataDir = join(temp.path, 'data');
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.stop()));
    await Promise.all(started.splice(0).map((server) => server.stop()));
    await temp.remove();
  });

  const start = async (folder = dataDir, onUnexpectedExit?: (fault: FaultError) => void) => {
    const server = await startEmbeddedPostgres({
      dataDir: folder,
      logger,
      ...(onUnexpectedExit && { onUnexpectedExit }),
    });
    started.push(server);
    return server;
  };
  const query = async (connection: DatabaseConnection, sql: string) => {
    const pool = createPool({ connection, logger, max: 1, searchPath: 'public' });
    try {
      return (await pool.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await pool.end();
    }
  };
  /** Starts a daemon of its own process; returns it with its server's pid. */
  const startDoomed = async (folder = dataDir) => {
    const child = await startChild({
      name: 'daemon',
      command: process.execPath,
      args: [join(import.meta.dirname, '../../../support/records/doomed-daemon.ts'), folder],
      ready: (output) => output.includes('ready'),
      stopSignal: 'SIGKILL',
    });
    children.push(child);
    return { child, serverPid: Number(/ready (\d+)/.exec(child.output())?.[1]) };
  };
  /** A process nobody has waited for still has its number, but does nothing any more. */
  const isAlive = async (pid: number) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return /^State:\s+[^ZX]/m.test(status);
  };

  test('makes a new folder, keeps what was committed, and every commit reaches the disk', async () => {
    const first = await start();
    await query(first.connection, `CREATE TABLE kept AS SELECT 'kept' AS word`);
    const settings = await query(
      first.connection,
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums') ORDER BY name`,
    );
    expect(settings.map(({ setting }) => setting)).toEqual(['on', 'on', 'on', 'on']);
    await first.stop();
    const second = await start();
    expect(await query(second.connection, 'SELECT word FROM kept')).toEqual([{ word: 'kept' }]);
  });

  test('listens on nothing another machine could reach, and asks for its password', async () => {
    const { connection } = await start();
    const [listens] = await query(connection, `SELECT setting FROM pg_settings WHERE name = 'listen_addresses'`);
    expect(['', '127.0.0.1']).toContain(listens?.['setting']);
    if ('url' in connection) throw new Error('expected the parts of a connection');
    await expect(query({ ...connection, password: 'guessed' }, 'SELECT 1')).rejects.toThrow(/password/);
    const secrets = await stat(join(dataDir, 'postgres/password'));
    expect(secrets.mode & 0o077).toBe(0);
  });

  test('DATA_DIR_IN_USE: a second daemon on the folder refuses and says who holds it', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: expect.stringContaining(`process ${process.pid} on `),
      hint: expect.stringContaining('dataDir'),
    });
    const other = await startDoomed(join(temp.path, 'other'));
    await expect(start(join(temp.path, 'other'))).rejects.toThrow(/process \d+ on .+ since 2/);
    expect(await isAlive(other.serverPid)).toBe(true);
  });

  test('two daemons that start at once on a new folder: one has it, the other refuses', async () => {
    const results = await Promise.allSettled([start(), start()]);
    expect(results.map((each) => each.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'DATA_DIR_IN_USE' });
  });

  test('after kill -9 of the daemon the next one stops its server and finds everything', async () => {
    const { child, serverPid } = await startDoomed();
    await child.stop();
    expect(await isAlive(serverPid)).toBe(true);
    const server = await start();
    expect(await isAlive(serverPid)).toBe(false);
    expect(server.pid).not.toBe(serverPid);
    expect(await query(server.connection, 'SELECT word FROM kept')).toEqual([{ word: 'kept' }]);
  });

  test('after kill -9 of daemon and server alike, what was committed is there', async () => {
    const { child, serverPid } = await startDoomed();
    await child.stop();
    process.kill(serverPid, 'SIGKILL');
    const server = await start();
    expect(await query(server.connection, 'SELECT word FROM kept')).toEqual([{ word: 'kept' }]);
  });

  test('a daemon killed while it made the folder leaves nothing in the way of the next', async () => {
    const half = join(dataDir, 'postgres/data.new-0badc0de');
    await mkdir(half, { recursive: true });
    await writeFile(join(half, 'PG_VERSION'), '18\n');
    const server = await start();
    expect(await query(server.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await readdir(join(dataDir, 'postgres'))).filter((name) => name.startsWith('data.new'))).toEqual([]);
  });

  test('stops cleanly: no process, no lock, no pid file, and as often as asked', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    expect(await isAlive(server.pid)).toBe(false);
    expect(await readdir(dataDir)).toEqual(['postgres']);
    expect(await readdir(join(dataDir, 'postgres/data'))).not.toContain('postmaster.pid');
    expect(await readFile(join(dataDir, 'postgres/server.log'), 'utf8')).not.toMatch(/FATAL|PANIC/);
  });

  test('DATABASE_UNAVAILABLE: tells when the server ends by itself, not when it is stopped', async () => {
    const faults: FaultError[] = [];
    const server = await start(dataDir, (fault) => faults.push(fault));
    process.kill(server.pid, 'SIGKILL');
    await waitFor(() => faults.length > 0, { what: 'the loss to be told' });
    expect(faults).toMatchObject([
      {
        code: 'DATABASE_UNAVAILABLE',
        hint: expect.stringContaining('server.log'),
        message: expect.stringContaining('(by SIGKILL)'),
      },
    ]);
    await server.stop();
    const again = await start(dataDir, (fault) => faults.push(fault));
    await again.stop();
    expect(faults).toHaveLength(1);
  });

  test('a folder whose path is too long for a socket is served on loopback', async () => {
    const folder = join(temp.path, 'deep'.repeat(30));
    const { connection } = await start(folder);
    expect(connection).toMatchObject({ host: '127.0.0.1' });
    expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('the database of a running daemon is found, and nothing is found of a stopped one', async () => {
    expect(await findEmbeddedPostgres(dataDir)).toBeNull();
    const server = await start();
    const found = await findEmbeddedPostgres(dataDir);
    expect(found).toEqual(server.connection);
    await server.stop();
    expect(await findEmbeddedPostgres(dataDir)).toBeNull();
  });

  test.runIf(process.getuid?.() === 0)(
    'started by root, the server runs as another user who owns its files',
    async () => {
      const server = await start();
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
      const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
      expect(uid).toBeGreaterThan(0);
      expect((await stat(join(dataDir, 'postgres/data'))).uid).toBe(uid);
    },
  );

  test('starts where a volume has opened the folder to a group, which PostgreSQL itself would refuse', async () => {
    const server = await start();
    await server.stop();
    const cluster = join(dataDir, 'postgres/data');
    await chmod(cluster, 0o2770);
    expect(await query((await start()).connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(cluster)).mode & 0o777).toBe(0o700);
  });

  test('the environment, where secrets may lie, is not handed to the server', async () => {
    process.env['LAZARET_TEST_CANARY'] = 'canary-secret';
    try {
      const server = await start();
      const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8');
      expect(environment).not.toContain('canary-secret');
    } finally {
      delete process.env['LAZARET_TEST_CANARY'];
    }
  });

  test('DATA_DIR_UNWRITABLE: a folder that cannot be written is said so, with what to do', async () => {
    await writeFile(join(temp.path, 'file'), '');
    for (const folder of [join(temp.path, 'file'), join(temp.path, 'file/below'), '/sys/lazaret']) {
      await expect(start(folder)).rejects.toMatchObject({
        code: 'DATA_DIR_UNWRITABLE',
        retryable: false,
        message: expect.stringContaining(folder),
        hint: expect.stringContaining('dataDir'),
      });
    }
  });

  test.each([
    { version: '19', code: 'DATABASE_TOO_NEW' },
    { version: '17', code: 'DATABASE_TOO_OLD' },
  ])('$code: a folder of PostgreSQL $version is left alone', async ({ version, code }) => {
    const server = await start();
    await server.stop();
    const file = join(dataDir, 'postgres/data/PG_VERSION');
    await writeFile(file, `${version}\n`);
    await expect(start()).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(version),
      hint: expect.stringMatching(/pg_upgrade|newer/),
    });
    expect(await readFile(file, 'utf8')).toBe(`${version}\n`);
    expect(await readdir(dataDir)).toEqual(['postgres']);
  });

  test('a folder whose password is gone is not guessed at', async () => {
    const server = await start();
    await server.stop();
    await writeFile(join(dataDir, 'postgres/password'), '');
    await expect(start()).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      hint: expect.stringContaining('backup'),
    });
  });
});
