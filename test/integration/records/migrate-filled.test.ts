import type pg from 'pg';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRecords } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { ALL_MIGRATIONS } from '../../../src/records/migrations/all-migrations.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../support/parts.ts';
import { fillTables, type Row } from '../../support/records/fill-tables.ts';
import { walkHotPath } from '../../support/records/hot-path.ts';
import { readEverything } from '../../support/records/read-everything.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';

const logger = pino({ level: 'silent' });
const NOW = new Date('2026-11-24T08:00:00.000Z');

/** What a later step rewrites on purpose, and is not compared: step 6 looks again at what fails, at once. */
const REWRITTEN: Readonly<Record<number, readonly string[]>> = { 6: ['subjects.next_check_at'] };

describeWithPart('postgres', 'a record that an earlier Lazaret has filled', () => {
  let server: PostgresServer;
  let pool: pg.Pool | undefined;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterEach(async () => {
    await pool?.end();
  });
  afterAll(async () => {
    await server?.stop();
  });

  it.each(ALL_MIGRATIONS.map(({ version, name }) => ({ version, name })))(
    'of step $version ($name) keeps every row on the way to the newest, and works there',
    { timeout: 60_000 },
    async ({ version }) => {
      pool = createPool({ connection: { url: await server.createDatabase(`filled_${version}`) }, logger, max: 4 });
      await migrate(pool, ALL_MIGRATIONS.slice(0, version));
      const filled = await fillTables(pool);
      for (const [table, rows] of filled) expect(rows.length, table).toBeGreaterThan(0);
      const before = await readAll(pool, [...filled.keys()]);

      expect(await migrate(pool)).toEqual(ALL_MIGRATIONS.slice(version).map((step) => step.version));

      const after = await readAll(pool, [...filled.keys()]);
      for (const [table, rows] of before) {
        const columns = Object.keys(rows[0] ?? {}).filter((column) => !isRewritten(`${table}.${column}`, version));
        const kept = (of: readonly Row[]) =>
          of.map((row) => JSON.stringify(columns.map((column) => row[column]))).sort();
        expect(kept(after.get(table) ?? []), table).toEqual(kept(rows));
      }
      await expectFilledIn(pool);
      const records = createRecords(pool);
      await readEverything(records, NOW);
      await walkHotPath(records, { now: NOW, name: 'after the migration' });
    },
  );

  it('L9: of step 25 knows after it when images were judged in the hours that the breaker still asks about', async () => {
    pool = createPool({ connection: { url: await server.createDatabase('judged_lately') }, logger, max: 4 });
    await migrate(pool, ALL_MIGRATIONS.slice(0, 25));
    await fillTables(pool);
    await pool.query(
      `UPDATE verdicts SET judged_at = now() - CASE WHEN id % 3 = 0 THEN interval '3 hours' ELSE interval '59 minutes' END`,
    );
    await migrate(pool);
    const { rows } = await pool.query(`SELECT count(s.judged_at) > 0 AS some, count(*) > count(s.judged_at) AS "notAll",
      bool_and(s.judged_at IS NOT DISTINCT FROM CASE WHEN v.judged_at > now() - interval '2 hours' THEN v.judged_at END) AS same
      FROM subjects s LEFT JOIN verdicts v ON v.subject_id = s.id AND v.is_current`);
    expect(rows).toEqual([{ some: true, notAll: true, same: true }]);
  });

  /** What later steps tell of rows that were there before them. */
  async function expectFilledIn(of: pg.Pool): Promise<void> {
    const { rows } = await of.query(`SELECT
      (SELECT count(*) FROM effects e JOIN subjects s ON s.id = e.subject_id
        WHERE e.registry_id <> s.registry_id OR e.repository <> s.repository) AS misplaced,
      (SELECT count(*) FROM known_evidence WHERE noted_by NOT IN (SELECT id FROM subjects)) AS unowned`);
    expect(rows).toEqual([{ misplaced: 0, unowned: 0 }]);
  }
});

function isRewritten(column: string, version: number): boolean {
  return Object.entries(REWRITTEN).some(([step, columns]) => version < Number(step) && columns.includes(column));
}

async function readAll(pool: pg.Pool, tables: readonly string[]): Promise<ReadonlyMap<string, readonly Row[]>> {
  const all = new Map<string, readonly Row[]>();
  for (const table of tables) all.set(table, (await pool.query<Row>(`SELECT * FROM lazaret.${table}`)).rows);
  return all;
}
