import pino from 'pino';
import { createRecords } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { describeRecords, type RecordsUnderTest } from '../../contract/records.contract.ts';
import { describeSweepRecord } from '../../contract/sweep-record.contract.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

describeRecords('the record in the embedded PostgreSQL', create);
describeSweepRecord('sweeps on record in the embedded PostgreSQL', create);

async function create(): Promise<RecordsUnderTest> {
  const folder = await makeTempDir('records');
  const logger = pino({ level: 'silent' });
  const server = await startEmbeddedPostgres({ dataDir: folder.path, logger });
  const pool = createPool({ connection: server.connection, logger });
  await migrate(pool);
  const records = createRecords(pool);
  return {
    ...records,
    close: async () => {
      await records.close();
      await server.stop();
      await folder.remove();
    },
  };
}
