import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createRecords } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { ALL_MIGRATIONS } from '../../../src/records/migrations/all-migrations.ts';
import type { Migration } from '../../../src/records/migrations/migration.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { freePort } from '../../support/free-port.ts';
import { describeWithPart } from '../../support/parts.ts';
import { judgeDecision, subjectNamed } from '../../support/records/samples.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';
import { waitFor } from '../../support/wait-for.ts';

const logger = pino({ level: 'silent' });
const NEWEST = ALL_MIGRATIONS.at(-1)?.version ?? 0;

describeWithPart('postgres', 'a database of the record', () => {
  let server: PostgresServer;
  let serial = 0;
  const pools: pg.Pool[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
  });
  afterAll(async () => {
    await server?.stop();
  });

  const open = (url: string) => {
    const pool = createPool({ connection: { url }, logger, max: 2 });
    pools.push(pool);
    return pool;
  };
  const openNew = async () => open(await server.createDatabase(`migrate_${++serial}`));
  const step = (version: number, sql: string): Migration => ({ version, name: `step ${version}`, sql });

  test('the steps are numbered from 1 without a gap', () => {
    expect(ALL_MIGRATIONS.map(({ version }) => version)).toEqual(ALL_MIGRATIONS.map((_, index) => index + 1));
  });

  test('is brought up to date once, by one of several processes that start at the same time', async () => {
    const url = await server.createDatabase(`migrate_${++serial}`);
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(open(url))));
    expect(applied.flat()).toEqual(ALL_MIGRATIONS.map(({ version }) => version));
    expect(await migrate(open(url))).toEqual([]);
  });

  test('gets the steps it lacks, in order', async () => {
    const pool = await openNew();
    const first = step(1, 'CREATE TABLE a (x integer)');
    await migrate(pool, [first]);
    const more = [first, step(2, 'CREATE TABLE b (x integer)'), step(3, 'ALTER TABLE b ADD y integer')];
    expect(await migrate(pool, more)).toEqual([2, 3]);
  });

  test('is left as it was when a step fails', async () => {
    const pool = await openNew();
    const steps = [step(1, 'CREATE TABLE a (x integer)'), step(2, 'CREATE TABLE a (x integer)')];
    await expect(migrate(pool, steps)).rejects.toThrow(/already exists/);
    const { rows } = await pool.query(
      `SELECT to_regclass('lazaret.a') AS a, to_regclass('lazaret.schema_version') AS v`,
    );
    expect(rows).toEqual([{ a: null, v: null }]);
  });

  test('DATABASE_TOO_NEW: one that a newer Lazaret has used is refused and not touched', async () => {
    const pool = await openNew();
    await migrate(pool);
    await migrate(pool, [...ALL_MIGRATIONS, step(NEWEST + 1, 'CREATE TABLE future (x integer)')]);
    await expect(migrate(pool)).rejects.toMatchObject({
      code: 'DATABASE_TOO_NEW',
      retryable: false,
      message: expect.stringContaining(`got version ${NEWEST + 1}`),
      hint: expect.stringContaining('newer Lazaret'),
    });
    const { rows } = await pool.query('SELECT max(version) AS version FROM schema_version');
    expect(rows).toEqual([{ version: NEWEST + 1 }]);
  });

  test('gives way to processes that are at work on the tables it changes, and harms none of them', async () => {
    const url = await server.createDatabase(`migrate_${++serial}`);
    const pool = open(url);
    const before = [step(1, 'CREATE TABLE a (x integer); CREATE TABLE b (x integer); INSERT INTO a VALUES (1)')];
    await migrate(pool, before);
    const process = await open(url).connect();
    await process.query('BEGIN; UPDATE a SET x = 2');
    // It would have b, wait for a, and whoever has a comes for b.
    const changes = step(2, 'ALTER TABLE b ADD y integer; ALTER TABLE a ADD y integer');
    const migrating = migrate(pool, [...before, changes]);
    await waitFor(async () => (await locksAskedFor(url)).some(({ granted }) => !granted), { what: 'it to wait' });
    await process.query('INSERT INTO b VALUES (1)');
    await process.query('COMMIT');
    process.release();
    expect(await migrating).toEqual([2]);
    const { rows } = await pool.query('SELECT a.x AS a, b.x AS b FROM a, b');
    expect(rows).toEqual([{ a: 2, b: 1 }]);
  });

  async function locksAskedFor(url: string): Promise<readonly { readonly granted: boolean }[]> {
    const sql = `SELECT granted FROM pg_locks WHERE mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    return (await open(url).query<{ granted: boolean }>(sql)).rows;
  }

  test('DATABASE_UNAVAILABLE names the place and what to do, never the password', async () => {
    const wrong = server.url.replace(':lazaret-pw@', ':canary-pw@');
    const nowhere = `postgres://lazaret:canary-pw@127.0.0.1:${await freePort()}/lazaret`;
    for (const [url, retryable] of [
      [wrong, false],
      [server.url.replace(/lazaret$/, 'nonesuch'), false],
      [nowhere, true],
    ] as const) {
      const error: unknown = await migrate(open(url)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable, hint: expect.any(String) });
      expect(String(error)).toContain('127.0.0.1');
      expect(JSON.stringify(error)).not.toContain('canary-pw');
    }
  });

  test('DATABASE_UNAVAILABLE when the connection is lost, and back to work with the next', async () => {
    const pool = await openNew();
    await migrate(pool);
    const records = createRecords(pool);
    await records.ping();
    const other = open(server.url);
    await other.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
    const results = await Promise.allSettled([records.ping(), records.ping()]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    }
    await expect(records.ping()).resolves.toBeUndefined();
  });

  test('nothing is written when the work of a transaction fails half-way', async () => {
    const pool = await openNew();
    await migrate(pool);
    const records = createRecords(pool);
    const origin = { registryId: 'prod', sourceId: 'hook' };
    // Longer than an index of the database takes.
    const refused = subjectNamed('refused', randomBytes(8_000).toString('hex'));
    const decisions = [judgeDecision(subjectNamed('fine')), judgeDecision(refused)];
    const context = { now: new Date(), policyRevision: 'p1', trustEpoch: 1 };
    await expect(records.inbox.accept(origin, decisions, context)).rejects.toThrow(/index/);
    expect((await records.query.listSubjects({ limit: 10 })).subjects).toEqual([]);
  });
});
