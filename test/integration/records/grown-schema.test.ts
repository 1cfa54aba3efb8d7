import type pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { ALL_MIGRATIONS } from '../../../src/records/migrations/all-migrations.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../support/parts.ts';
import { fillTables } from '../../support/records/fill-tables.ts';
import { walkHotPath } from '../../support/records/hot-path.ts';
import { readEverything } from '../../support/records/read-everything.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';

const logger = pino({ level: 'silent' });
const NOW = new Date('2026-11-24T08:00:00.000Z');
const NEXT = (ALL_MIGRATIONS.at(-1)?.version ?? 0) + 1;

/** All that a later release may do to the tables there are: more columns in each, and an index on one of them. */
const growAll = `DO $$
  DECLARE t record;
  BEGIN
    FOR t IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'lazaret' AND tablename <> 'schema_version' LOOP
      EXECUTE format('ALTER TABLE %I ADD COLUMN later_one text, ADD COLUMN later_two integer NOT NULL DEFAULT 7', t.name);
      EXECUTE format('CREATE INDEX ON %I (later_two)', t.name);
    END LOOP;
    CREATE TABLE later (id bigint PRIMARY KEY);
  END $$`;

describeWithPart('postgres', 'a process whose schema grows under it, as the next release has it', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  let records: Records;
  beforeAll(async () => {
    server = await startPostgres();
    pool = createPool({ connection: { url: server.url }, logger, max: 2 });
    await migrate(pool);
    await fillTables(pool);
    records = createRecords(pool);
  });
  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  it('goes on with everything, on connections that knew the tables as they were', async () => {
    for (const name of ['before', 'once more']) await walkHotPath(records, { now: NOW, name });
    await readEverything(records, NOW);
    const sessions = await backends();

    const other = createPool({ connection: { url: server.url }, logger, max: 1 });
    await migrate(other, [...ALL_MIGRATIONS, { version: NEXT, name: 'later', sql: growAll }]);
    await other.end();

    await walkHotPath(records, { now: NOW, name: 'after' });
    await readEverything(records, NOW);
    expect(await backends()).toEqual(sessions);
    const { rows } = await pool.query('SELECT count(*) AS count FROM subjects WHERE later_two <> 7');
    expect(rows).toEqual([{ count: 0 }]);
  });

  it('and cannot be started again on it: DATABASE_TOO_NEW says what to do', async () => {
    await expect(migrate(pool)).rejects.toMatchObject({
      code: 'DATABASE_TOO_NEW',
      hint: expect.stringMatching(/start that version.+others go on.+restore a backup/),
    });
    await walkHotPath(records, { now: NOW, name: 'after the refusal' });
  });

  async function backends(): Promise<readonly unknown[]> {
    const { rows } = await pool.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'lazaret' AND datname = current_database() ORDER BY pid`,
    );
    return rows;
  }
});
