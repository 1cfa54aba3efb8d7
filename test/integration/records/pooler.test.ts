import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openRecords } from '../../../src/compose/open-database.ts';
import { createJobQueue } from '../../../src/queue/create-job-queue.ts';
import { QUEUE_SEARCH_PATH } from '../../../src/queue/postgres-store.ts';
import { startWorkers } from '../../../src/queue/start-workers.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type PgBouncer, startPgBouncer } from '../../support/servers/pgbouncer.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';
import { waitFor } from '../../support/wait-for.ts';

const logger = pino({ level: 'silent' });

describeWithPart(
  ['postgres', 'pgbouncer'],
  'a database behind PgBouncer',
  () => {
    let server: PostgresServer;
    let serial = 0;
    const stops: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      server = await startPostgres({ backend: 'native' });
    });
    afterEach(async () => {
      for (const stop of stops.splice(0).toReversed()) await stop();
    });
    afterAll(() => server?.stop());

    async function behind(
      ...how: [mode: 'session' | 'transaction' | 'statement', more?: string[]]
    ): Promise<PgBouncer> {
      const bouncer = await startPgBouncer(await server.createDatabase(`pooled_${++serial}`), ...how);
      stops.push(() => bouncer.stop());
      return bouncer;
    }

    test('in session mode keeps the record and runs the jobs', async () => {
      const { url } = await behind('session', ['default_pool_size = 40']);
      const records = await openRecords({ url }, logger);
      stops.push(() => records.close());
      const pool = createPool({ connection: { url }, logger, max: 12, searchPath: QUEUE_SEARCH_PATH, mayForget: true });
      stops.push(() => pool.end());
      const store = { kind: 'postgres', pool } as const;
      const queue = await createJobQueue({ store, logger });
      stops.push(() => queue.close());
      const done: string[] = [];
      const note = async (job: object): Promise<void> => void done.push(JSON.stringify(job));
      const workers = await startWorkers(
        { 'judge-subject': note, 'apply-quarantine': note, 'send-notice': note, 'resolve-event': note },
        { store, logger, concurrency: {} },
      );
      stops.push(() => workers.stop(AbortSignal.timeout(5_000)));
      await queue.add({ kind: 'judge-subject', subjectId: '1', sequence: 1 });
      await waitFor(() => done.length > 0, { what: 'the job to run' });
      const { rows } = await pool.query('SHOW statement_timeout');
      expect(rows).toEqual([{ statement_timeout: '15s' }]);
    });

    test.each<[Parameters<typeof behind>]>([
      [['transaction']],
      [['transaction', ['server_round_robin = 1']]],
      [['transaction', ['default_pool_size = 1']]],
      [['statement']],
    ])('is refused where connections are lent to many: %j', async (how) => {
      const { url } = await behind(...how);
      await expect(openRecords({ url }, logger)).rejects.toMatchObject({
        code: 'DATABASE_POOLED',
        retryable: false,
        hint: expect.stringContaining('pool_mode=session'),
      });
    });
  },
  'native',
);
