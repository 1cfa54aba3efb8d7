import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startRetention } from '../../../src/compose/start-retention.ts';
import { createRecords } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { holdLeadership } from '../../../src/records/server/hold-leadership.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { describeWithPart } from '../../support/parts.ts';
import { SOON } from '../../support/records/lead-in-process.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';
import { waitFor } from '../../support/wait-for.ts';

const logger = pino({ level: 'silent' });
const DAY_MS = 86_400_000;
/** Five pages. */
const OLD_ROWS = 4_500;

describeWithPart('postgres', 'retention while the leader changes', () => {
  let server: PostgresServer;
  let client: pg.Client;
  beforeAll(async () => {
    server = await startPostgres();
    const pool = createPool({ connection: { url: server.url }, logger, max: 1 });
    await migrate(pool);
    await pool.end();
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('SET search_path = lazaret');
  });
  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  const count = async (): Promise<number> => {
    const { rows } = await client.query<{ count: string }>('SELECT count(*) AS count FROM parked_deliveries');
    return Number(rows[0]?.count);
  };
  const fill = () =>
    client.query(
      `INSERT INTO parked_deliveries (source_id, reason, position, body, received_at)
        SELECT 'hook', 'EVENT_MALFORMED', n::text, '', now() - interval '400 days' FROM generate_series(1, ${OLD_ROWS}) n`,
    );

  /** A process that would lead, with a record of its own. Which pages it was at is told to `pages`. */
  async function enter(pages: { begin(): void; end(): void; dropped(rows: number): Promise<void> }) {
    const pool = createPool({ connection: { url: server.url }, logger, max: 2 });
    const records = createRecords(pool);
    const leadership = await holdLeadership({
      connection: { url: server.url },
      logger,
      roles: ['verify'],
      tasks: ['sweeper'],
      timings: SOON,
    });
    const retention = startRetention({
      keeping: {
        async dropOld(kind, page) {
          pages.begin();
          const dropped = await records.keeping.dropOld(kind, page).finally(() => pages.end());
          await pages.dropped(dropped.count);
          return dropped;
        },
      },
      keepMs: 365 * DAY_MS,
      mayDrop: () => leadership.term('sweeper') !== undefined,
      concerns: { raise: () => undefined },
      metrics: createMetrics({ version: '1', processMetrics: false }),
      clock: () => new Date(),
      logger,
      timings: { betweenMs: 50, restMs: 5, soonMs: 20 },
    });
    onTestFinished(async () => {
      await leadership.stop();
      await retention.stop();
      await records.close();
    });
    return leadership;
  }

  it('a leader that dies in the middle is followed by another, which drops what is left; never two at once', async () => {
    await fill();
    let underWay = 0;
    let most = 0;
    const dropped = [0, 0, 0];
    const leaders: Awaited<ReturnType<typeof enter>>[] = [];
    for (const index of dropped.keys()) {
      const leadership = await enter({
        begin() {
          underWay += 1;
          most = Math.max(most, underWay);
        },
        end() {
          underWay -= 1;
        },
        async dropped(rows) {
          dropped[index] = (dropped[index] ?? 0) + rows;
          // Each dies after its first page, as far as others can see: its session ends.
          if (rows > 0 && index < 2) await leaders[index]?.stop();
        },
      });
      leaders.push(leadership);
    }
    await waitFor(async () => (await count()) === 0, { what: 'all that is old to be dropped', timeoutMs: 30_000 });
    expect(most).toBe(1);
    expect(dropped.reduce((sum, rows) => sum + rows, 0)).toBe(OLD_ROWS);
    expect(dropped.filter((rows) => rows > 0).length, 'processes that dropped').toBeGreaterThan(1);
    expect(Math.max(...dropped)).toBeLessThan(OLD_ROWS);
  });

  it('one that lost its lead and is still at a page keeps the next from dropping until that page is over', async () => {
    await fill();
    const pool = createPool({ connection: { url: server.url }, logger, max: 2 });
    const { keeping, close } = createRecords(pool);
    onTestFinished(() => close());
    await client.query('BEGIN; SELECT pg_advisory_xact_lock(1685221232)');
    const page = { now: new Date(), before: new Date(Date.now() - 365 * DAY_MS), after: 0, most: 1_000 };
    const dropping = keeping.dropOld('deliveries', page);
    const waiting = async () => {
      const sql = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 1685221232`;
      return (await pool.query(sql)).rowCount;
    };
    await waitFor(waiting, { what: 'it to wait' });
    expect(await count()).toBe(OLD_ROWS);
    await client.query('COMMIT');
    expect(await dropping).toMatchObject({ count: 1_000 });
  });
});
