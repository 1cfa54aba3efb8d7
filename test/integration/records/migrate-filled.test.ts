import type pg from 'pg';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { ALL_MIGRATIONS } from '../../../src/records/migrations/all-migrations.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../support/parts.ts';
import { fillTables, type Row } from '../../support/records/fill-tables.ts';
import { walkHotPath } from '../../support/records/hot-path.ts';
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
      await readEverything(records);
      await walkHotPath(records, { now: NOW, name: 'after the migration' });
    },
  );

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

/** Every reader of the record that is not on the hot path, on every row. */
async function readEverything(records: Records): Promise<void> {
  let seen = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await records.query.listSubjects({ limit: 100, ...(cursor !== undefined && { cursor }) });
    for (const subject of page.subjects.slice(0, 20)) {
      const history = await records.query.readHistory(subject);
      expect(history?.subject.id).toBe(subject.id);
      await records.query.readFindings(history?.verdicts.map(({ id }) => id) ?? []);
      await records.judgements.findEvidence(subject);
    }
    seen += page.subjects.length;
    if (page.next === null) break;
    cursor = page.next;
  }
  expect(seen).toBeGreaterThan(5);
  await records.query.countUntold();
  await records.query.readUntold(10);
  await records.baselines.readReports();
  await records.hearing.settle(NOW);
  await records.hearing.read(['prod']);
  await records.sweeps.readStatus();
  await records.heldQuarantines();
  await records.foundWaiting();
  const outdated = { policyRevision: 'p2', trustEpoch: 1, registryIds: ['prod'], after: '' };
  await records.outdated.findOutdated(outdated, 100);
  await records.manual.recheckFailing(NOW);
  for (const { id } of await records.outbox.findDue(NOW, 200)) await records.outbox.begin(id, NOW);
}
