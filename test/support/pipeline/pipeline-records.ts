import type pg from 'pg';
import pino from 'pino';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { makeTempDir } from '../temp-dir.ts';
import { planOnce } from './plan-once.ts';

/** The record in a real PostgreSQL, to be emptied before each story. */
export interface PipelineRecords {
  readonly records: Records;
  readonly pool: pg.Pool;
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function openPipelineRecords(): Promise<PipelineRecords> {
  const folder = await makeTempDir('pipeline');
  const logger = pino({ level: 'silent' });
  const server = await startEmbeddedPostgres({ dataDir: folder.path, logger });
  const first = createPool({ connection: server.connection, logger });
  await migrate(first);
  // Thousands of runs: the server is not killed here, so nothing need wait for the disk.
  await first.query('ALTER ROLE CURRENT_USER SET synchronous_commit = off');
  await first.query('ALTER SYSTEM SET fsync = off');
  await first.query('SELECT pg_reload_conf()');
  await first.end();
  const pool = createPool({ connection: server.connection, logger });
  planOnce(pool);
  const records = createRecords(pool);
  return {
    records,
    pool,
    empty: async () => {
      for (const table of [
        'effects',
        'inbox_events',
        'subjects',
        'notice_turns',
        'known_evidence',
        'sweeps',
        'asked_repositories',
        'audit_log',
      ])
        await pool.query(`DELETE FROM ${table}`);
    },
    close: async () => {
      await records.close();
      await server.stop();
      await folder.remove();
    },
  };
}
