import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Subject } from '../../../src/domain/subject.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { judgeDecision, subjectNamed, verdictOf } from '../../support/records/samples.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

// Each is a round trip that an event waits for, and work on both sides: one more is a decision, not an accident.
const NOW = new Date('2026-11-24T08:00:00.000Z');
const ORIGIN = { sourceId: 'hook', registryId: 'prod' };
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };

let folder: TempDir;
let server: EmbeddedPostgres;
let records: Records;

beforeAll(async () => {
  folder = await makeTempDir('round-trips');
  const logger = pino({ level: 'silent' });
  server = await startEmbeddedPostgres({ dataDir: folder.path, logger });
  const pool = createPool({ connection: server.connection, logger });
  await migrate(pool);
  records = createRecords(pool);
});
afterAll(async () => {
  await records?.close();
  await server?.stop();
  await folder?.remove();
});

it('accepts the first event of an image in one statement, and a repeat in three', async () => {
  const subject = subjectNamed('new');
  expect(await statementsOf(() => accept(subject))).toBe(1);
  expect(await statementsOf(() => accept(subject))).toBe(3);
});

it('begins a judgement in two statements and records a first pass in six, of which two are the transaction', async () => {
  const id = (await accept(subjectNamed('judged')))[0]?.judge?.subjectId ?? '';
  expect(await statementsOf(() => records.judgements.begin(id, { now: NOW }))).toBe(2);
  const other = (await accept(subjectNamed('other')))[0]?.judge?.subjectId ?? '';
  const start = await records.judgements.begin(other, { now: NOW });
  if (start === null) throw new Error('expected something to judge');
  const pass = {
    verdict: verdictOf('pass'),
    findings: storableJson([]),
    ...IN_FORCE,
    now: NOW,
    final: true,
    nextCheckAt: null,
    effects: () => [],
    children: [],
  };
  expect(await statementsOf(() => records.judgements.decide(start, pass))).toBe(6);
});

function accept(subject: Subject) {
  return records.inbox.accept(ORIGIN, [judgeDecision(subject)], { now: NOW, ...IN_FORCE });
}

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const sent = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    return sent.mock.calls.length;
  } finally {
    sent.mockRestore();
  }
}
