import type pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { fillRecord } from '../../support/records/fill-record.ts';
import { walkHotPath } from '../../support/records/hot-path.ts';
import { rowsReadBy, type StatementCost } from '../../support/records/rows-read.ts';
import { subjectNamed } from '../../support/records/samples.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

// What is asked for every event, verdict, round and page, on a record of a hundred thousand images: it may look at no more
// rows than if there were few.
const SUBJECTS = 100_000;
const FEW = 4_000;
const NOW = new Date('2026-11-24T08:00:00.000Z');
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };

let folder: TempDir;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let records: Records;

beforeAll(async () => {
  folder = await makeTempDir('filled');
  const logger = pino({ level: 'silent' });
  server = await startEmbeddedPostgres({ dataDir: folder.path, logger });
  pool = createPool({ connection: server.connection, logger });
  await migrate(pool);
  records = createRecords(pool);
  await fillRecord(pool, { images: SUBJECTS, ...IN_FORCE });
}, 240_000);
afterAll(async () => {
  await records?.close();
  await server?.stop();
  await folder?.remove();
});

describe('on a record of 100,000 images', () => {
  it('an event, a look, a verdict and a round of the sweeper read little of it', async () => {
    const costs = await expectFew(() => walkHotPath(records, { now: NOW, name: 'one', repository: 'acme/app-0' }));
    expect(costs.length).toBeGreaterThan(30);
  });

  it('a walk over what other policies judged reads a page of it at a time', async () => {
    const context = { policyRevision: 'p2', trustEpoch: 1, registryIds: ['prod'] };
    await expectFew(() => records.outdated.findOutdated({ ...context, after: '' }, 50));
    await expectFew(() => records.outdated.findOutdated({ ...context, after: 'f'.repeat(63) }, 50));
  });

  it('a round of the sweeper after policies have changed reads some of what it may take', async () => {
    const changed = { policyRevision: 'p2', trustEpoch: 1, now: NOW, registryIds: ['prod'] };
    await expectFew(async () => expect(await records.due.findDue(changed, 200)).toHaveLength(200));
  });

  it.each([
    ['all', {}],
    ['a repository', { repository: 'acme/app-7' }],
    ['a repository of which nothing is on record', { repository: 'acme/nothing' }],
    ['a repository and a registry', { repository: 'acme/app-7', registryId: 'prod' }],
    ['a registry of which nothing is on record', { registryId: 'nowhere' }],
    ['what is marked', { mark: 'quarantined' }],
    ['what was released, which nothing was', { mark: 'released' }],
    ['what is gone', { state: 'gone' }],
    ['what is parked, which nothing is', { state: 'parked' }],
    ['what passes', { outcome: 'pass' }],
    ['what fails for its evidence, which nothing does', { outcome: 'fail-evidence' }],
    ['what could not be told', { outcome: 'indeterminate' }],
    ['what is marked in a large repository', { mark: 'quarantined', repository: 'acme/app-0' }],
  ] as const)('a page of %s reads little of it, and so does the next', async (_, filter) => {
    await expectFew(async () => {
      const { next } = await records.query.listSubjects({ limit: 50, ...filter });
      if (next !== null) await records.query.listSubjects({ limit: 50, ...filter, cursor: next });
    });
  });

  it('all that is told of one image reads little of it', async () => {
    await expectFew(async () => {
      const { subjects } = await records.query.listSubjects({ limit: 50, outcome: 'fail-missing' });
      await records.query.readHistory(subjects[0] ?? subjectNamed('first'));
      await records.query.readFindings(subjects.map(({ verdict }) => verdict?.id ?? ''));
      await records.query.readFamilies(subjects.map(({ id }) => id));
      await records.query.readUntold(50);
    });
  });

  it('a look whether all that lay there at first is judged reads little of it', async () => {
    await pool.query(`UPDATE subjects SET baseline = 'recorded' WHERE repository = 'acme/app-0' OR state = 'waiting'`);
    await pool.query(
      `INSERT INTO sweeps (source_id, registry_id, scope, due_at, started_at, baseline_ended_at)
      VALUES ('sweep', 'prod', '', $1, $1, $1)`,
      [NOW],
    );
    await expectFew(async () => expect(await records.baselines.readReports()).toEqual([]));
  });

  it('a scrape of the metrics reads little of it', async () => {
    await expectFew(async () => {
      await records.oldestOpenAt();
      await records.heldQuarantines();
      await records.foundWaiting();
      await records.sweeps.readStatus();
      await records.hearing.read(['prod']);
      await records.query.countUntold();
    });
  });
});

async function expectFew(work: () => Promise<unknown>): Promise<readonly StatementCost[]> {
  const costs = await rowsReadBy(work);
  expect(costs).not.toEqual([]);
  expect(costs.filter(({ rows }) => rows > FEW)).toEqual([]);
  return costs;
}
