import pino from 'pino';
import { createRecords } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeRecords, type RecordsUnderTest } from '../../contract/records.contract.ts';
import { describeSweepRecord } from '../../contract/sweep-record.contract.ts';
import { describeWithPart } from '../../support/parts.ts';
import { startPostgres } from '../../support/servers/postgres.ts';

describeWithPart('postgres', 'an external PostgreSQL', () => {
  describeRecords('the record in an external PostgreSQL', create);
  describeSweepRecord('sweeps on record in an external PostgreSQL', create);
});

async function create(): Promise<RecordsUnderTest> {
  const server = await startPostgres();
  const pool = createPool({ connection: { url: server.url }, logger: pino({ level: 'silent' }) });
  await migrate(pool);
  const records = createRecords(pool);
  return {
    ...records,
    close: async () => {
      await records.close();
      await server.stop();
    },
  };
}
