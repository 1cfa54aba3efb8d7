import type pg from 'pg';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openQueueStore } from '../../../src/compose/open-queue.ts';
import { TIMINGS } from '../../../src/domain/timings.ts';
import { createJobQueue } from '../../../src/queue/create-job-queue.ts';
import { QUEUE_SEARCH_PATH } from '../../../src/queue/postgres-store.ts';
import { startWorkers } from '../../../src/queue/start-workers.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { freePort } from '../../support/free-port.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';
import { waitFor } from '../../support/wait-for.ts';

const HASTY = { 'resolve-event': 1000, 'judge-subject': 1000, 'apply-quarantine': 1000, 'send-notice': 1000 };
const logger = pino({ level: 'silent' });

describeWithPart('postgres', 'PostgreSQL as the store of the queue', () => {
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

  const open = (url: string, max = 8) => {
    const pool = createPool({ connection: { url }, logger, max, searchPath: QUEUE_SEARCH_PATH });
    pools.push(pool);
    return pool;
  };
  const newDatabase = () => server.createDatabase(`queue_${++serial}`);
  const openQueue = (pool: pg.Pool) => createJobQueue({ store: { kind: 'postgres', pool }, logger });

  test('several processes that start at once on a new database make its tables once', async () => {
    const url = await newDatabase();
    const queues = await Promise.all(Array.from({ length: 4 }, () => openQueue(open(url))));
    for (const queue of queues) await queue.add({ kind: 'judge-subject', subjectId: 'a', sequence: 1 });
    expect((await queues[0]?.counts())?.['judge-subject']).toMatchObject({ waiting: 1 });
    await Promise.all(queues.map((queue) => queue.close()));
  });

  test("the queue's commits do not wait for the disk, unlike the record's", async () => {
    const url = await newDatabase();
    const { store } = openQueueStore({}, { url }, logger);
    if (store.kind !== 'postgres') throw new Error('expected the queue in PostgreSQL');
    pools.push(store.pool);
    const record = createPool({ connection: { url }, logger });
    pools.push(record);
    const settings = await Promise.all(
      [store.pool, record].map(async (pool) => (await pool.query('SHOW synchronous_commit')).rows),
    );
    expect(settings).toEqual([[{ synchronous_commit: 'off' }], [{ synchronous_commit: 'on' }]]);
  });

  test('gives back at once what a process whose clock was 400 days ahead took, put off, and last searched for', async () => {
    const url = await newDatabase();
    const [pool, other] = [open(url), open(url)];
    const queue = await openQueue(pool);
    const done = new Set<string>();
    for (const subjectId of ['taken', 'put-off']) {
      await queue.add({ kind: 'judge-subject', subjectId, sequence: 1 }, { delayMs: 60_000 });
    }
    const ahead = Date.now() + 400 * 86_400_000;
    await other.query(`UPDATE job SET process_at_ms = $1`, [ahead]);
    await other.query(
      `UPDATE job SET state = 'active', lock_token = 'dead', locked_until_ms = $1 WHERE data->>'subjectId' = 'taken'`,
      [ahead],
    );
    await other.query(`INSERT INTO meta (queue, field, value) VALUES ('judge-subject', 'stalled-check', $1)`, [ahead]);
    const workers = await startWorkers(
      { 'judge-subject': async ({ subjectId }) => void done.add(subjectId) },
      {
        store: { kind: 'postgres', pool: other },
        logger,
        timings: { ...TIMINGS, jobLockMs: 2_000, deadlineMs: HASTY },
      },
    );
    await waitFor(() => done.size === 2, { what: 'both jobs to be run', timeoutMs: 60_000 });
    await workers.stop(new AbortController().signal);
    await queue.close();
  }, 90_000);

  test('DATABASE_TOO_NEW: tables of a newer BullMQ are refused, with what to do', async () => {
    const pool = open(await newDatabase());
    await (await openQueue(pool)).close();
    await pool.query('UPDATE migration SET min_client_version = 99');
    await expect(openQueue(pool)).rejects.toMatchObject({
      code: 'DATABASE_TOO_NEW',
      retryable: false,
      hint: expect.stringContaining('schema bullmq'),
    });
  });

  test('QUEUE_UNAVAILABLE at the start: which place, why and what to do, never the password', async () => {
    for (const [url, retryable] of [
      [server.url.replace(':lazaret-pw@', ':canary-pw@'), false],
      [`postgres://lazaret:canary-pw@127.0.0.1:${await freePort()}/lazaret`, true],
    ] as const) {
      const error: unknown = await openQueue(open(url)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable, hint: expect.any(String) });
      expect(String(error)).toContain('PostgreSQL at 127.0.0.1');
      expect(String(error)).not.toContain('canary');
    }
  });

  test('a pool too small for the workers to listen on is refused', async () => {
    await expect(openQueue(open(await newDatabase(), 4))).rejects.toThrow(RangeError);
  });

  test('leaves nothing behind when all jobs have run', async () => {
    const url = await newDatabase();
    const pool = open(url);
    const queue = await openQueue(pool);
    const done = Promise.withResolvers<void>();
    let runs = 0;
    const workers = await startWorkers(
      {
        'judge-subject': async () => {
          runs += 1;
          if (runs === 300) done.resolve();
        },
      },
      { store: { kind: 'postgres', pool: open(url) }, logger },
    );
    for (let sequence = 1; sequence <= 300; sequence++) {
      await queue.add({ kind: 'judge-subject', subjectId: 'a', sequence });
    }
    await done.promise;
    await workers.stop(AbortSignal.timeout(10_000));
    await queue.close();
    const { rows } = await pool.query(
      'SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM event) AS events',
    );
    expect(rows[0]?.jobs).toBe(0);
    expect(rows[0]?.events).toBeLessThan(600);
  });
});
