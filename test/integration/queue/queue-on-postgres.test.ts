import type pg from 'pg';
import { pino } from 'pino';
import { QUEUE_SEARCH_PATH } from '../../../src/queue/postgres-store.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeQueue } from '../../contract/queue.contract.ts';
import { describeWithPart } from '../../support/parts.ts';
import { startStoreProxy } from '../../support/queue/store-proxy.ts';
import { startPostgres } from '../../support/servers/postgres.ts';

describeWithPart('postgres', 'the queue on PostgreSQL', () => {
  describeQueue('queue on PostgreSQL', async () => {
    const server = await startPostgres();
    const proxy = await startStoreProxy(server.port);
    const logger = pino({ level: 'silent' });
    const open = (url: string) => createPool({ connection: { url }, logger, max: 8, searchPath: QUEUE_SEARCH_PATH });
    const control = open(server.url);
    const pools: pg.Pool[] = [];
    return {
      kind: 'postgres',
      url: server.url,
      connect: () => {
        const pool = open(server.url.replace(`:${server.port}`, `:${proxy.port}`));
        pools.push(pool);
        return { kind: 'postgres', pool };
      },
      disconnect: async () => {
        await Promise.all(pools.splice(1).map((pool) => pool.end()));
      },
      inject: async (queue, id, data) => {
        // As whoever can write to the table would: the row, and word of it.
        const opts = { jobId: id, removeOnComplete: true, removeOnFail: true };
        await control.query(
          `INSERT INTO job (queue, id, seq, name, state, data, opts, added_at_ms)
           VALUES ($1, $2, nextval('job_seq'), $1, 'waiting', $3, $4, $5)`,
          [queue, id, JSON.stringify(data), JSON.stringify(opts), Date.now()],
        );
        await control.query("SELECT pg_notify('bullmq_jobs', $1)", [queue]);
      },
      wipe: async () => {
        await control.query('TRUNCATE job, meta, event, metrics CASCADE');
      },
      cut: proxy.cut,
      freeze: proxy.freeze,
      restore: proxy.restore,
      close: async () => {
        await Promise.all([...pools, control].map((pool) => pool.end()));
        await proxy.close();
        await server.stop();
      },
    };
  });
});
