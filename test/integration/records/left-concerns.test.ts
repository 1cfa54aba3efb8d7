import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Concern } from '../../../src/ports/concerns.ts';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';

const DEAF: Concern = { id: 'topic', kind: 'deaf', problem: 'no broker answers' };
const at = (seconds: number) => new Date(Date.parse('2026-11-29T10:00:00Z') + seconds * 1000);

describeWithPart('postgres', 'concerns that a process leaves for others', () => {
  let server: PostgresServer;
  let records: Records;
  beforeAll(async () => {
    server = await startPostgres();
    const pool = createPool({ connection: { url: server.url }, logger: pino({ level: 'silent' }) });
    await migrate(pool);
    records = createRecords(pool);
  });
  afterAll(async () => {
    await records?.close();
    await server?.stop();
  });

  it('are one of each kind about each thing, the latest, until they are taken off', async () => {
    const { concerns } = records;
    await concerns.leave(DEAF, at(0));
    await concerns.leave({ ...DEAF, id: 'other', kind: 'refused', problem: 'a \0 byte' }, at(1));
    await concerns.leave({ ...DEAF, problem: 'still none' }, at(2));
    const left = await concerns.read();
    expect(left).toEqual([
      { id: 'other', kind: 'refused', problem: 'a \uFFFD byte', leftAt: at(1) },
      { ...DEAF, problem: 'still none', leftAt: at(2) },
    ]);
    for (const each of left) await concerns.takeAway(each);
    expect(await concerns.read()).toEqual([]);
  });

  it('stay when they were left again since they were read', async () => {
    const { concerns } = records;
    await concerns.leave(DEAF, at(10));
    const [read] = await concerns.read();
    await concerns.leave(DEAF, at(20));
    if (read !== undefined) await concerns.takeAway(read);
    expect(await concerns.read()).toMatchObject([{ leftAt: at(20) }]);
  });
});
