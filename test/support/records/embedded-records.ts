import type pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { makeTempDir, type TempDir } from '../temp-dir.ts';

/** An empty record in an embedded PostgreSQL, for all tests of a file. */
export interface EmbeddedRecords {
  readonly pool: pg.Pool;
  readonly records: Records;
}

/** Starts it before the first test and takes it away after the last; there is nothing to read before that. */
export function embeddedRecords(): EmbeddedRecords {
  let folder: TempDir;
  let server: EmbeddedPostgres;
  let pool: pg.Pool;
  let records: Records;
  beforeAll(async () => {
    folder = await makeTempDir('records');
    const logger = pino({ level: 'silent' });
    server = await startEmbeddedPostgres({ dataDir: folder.path, logger });
    pool = createPool({ connection: server.connection, logger });
    await migrate(pool);
    records = createRecords(pool);
  });
  afterAll(async () => {
    await records?.close();
    await server?.stop();
    await folder?.remove();
  });
  return {
    get pool() {
      return pool;
    },
    get records() {
      return records;
    },
  };
}
