import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { QuarantineLimits } from '../../../src/domain/quarantine-limits.ts';
import { embeddedRecords } from '../../support/records/embedded-records.ts';
import { fillRecord } from '../../support/records/fill-record.ts';
import { type Asking, evenLimits, walkHotPath } from '../../support/records/hot-path.ts';
import { rowsReadBy, type StatementCost } from '../../support/records/rows-read.ts';
import { subjectNamed } from '../../support/records/samples.ts';

// What is asked for every event, verdict, round and page, on a record of a hundred thousand images: it may look at no more
// rows than if there were few.
const SUBJECTS = 100_000;
const FEW = 4_000;
// A minute after the last image: some thousands were judged within the hour before it.
const NOW = new Date('2026-11-21T03:47:40.000Z');
const IN_FORCE = { policyRevision: 'p1', trustEpoch: 1 };

const own = embeddedRecords();
beforeAll(() => fillRecord(own.pool, { images: SUBJECTS, ...IN_FORCE }), 240_000);

describe('on a record of 100,000 images', () => {
  it('an event, a look, a verdict and a round of the sweeper read little of it', async () => {
    const costs = await expectFew(() => walkHotPath(own.records, { now: NOW, name: 'one', repository: 'acme/app-0' }));
    expect(costs.length).toBeGreaterThan(30);
  });

  it('a walk over what other policies judged reads a page of it at a time', async () => {
    const context = { policyRevision: 'p2', trustEpoch: 1, registryIds: ['prod'] };
    await expectFew(() => own.records.outdated.findOutdated({ ...context, after: '' }, 50));
    await expectFew(() => own.records.outdated.findOutdated({ ...context, after: 'f'.repeat(63) }, 50));
  });

  it('a round of the sweeper after policies have changed reads some of what it may take', async () => {
    const changed = { policyRevision: 'p2', trustEpoch: 1, now: NOW, registryIds: ['prod'] };
    await expectFew(async () => expect(await own.records.due.findDue(changed, 200)).toHaveLength(200));
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
      const { next } = await own.records.query.listSubjects({ limit: 50, ...filter });
      if (next !== null) await own.records.query.listSubjects({ limit: 50, ...filter, cursor: next });
    });
  });

  it('all that is told of one image reads little of it', async () => {
    await expectFew(async () => {
      const { subjects } = await own.records.query.listSubjects({ limit: 50, outcome: 'fail-missing' });
      await own.records.query.readHistory(subjects[0] ?? subjectNamed('first'));
      await own.records.query.readFindings(subjects.map(({ verdict }) => verdict?.id ?? ''));
      await own.records.query.readFamilies(subjects.map(({ id }) => id));
      await own.records.query.readUntold(50);
    });
  });

  it('a look whether all that lay there at first is judged reads little of it', async () => {
    await own.pool.query(
      `UPDATE subjects SET baseline = 'recorded' WHERE repository = 'acme/app-0' OR state = 'waiting'`,
    );
    await own.pool.query(
      `INSERT INTO sweeps (source_id, registry_id, scope, due_at, started_at, baseline_ended_at)
      VALUES ('sweep', 'prod', '', $1, $1, $1)`,
      [NOW],
    );
    await expectFew(async () => expect(await own.records.baselines.readReports()).toEqual([]));
  });

  it('a scrape of the metrics reads little of it', async () => {
    await expectFew(async () => {
      await own.records.oldestOpenAt();
      await own.records.heldQuarantines();
      await own.records.foundWaiting();
      await own.records.sweeps.readStatus();
      await own.records.hearing.read(['prod']);
      await own.records.query.countUntold();
    });
  });
});

// These change much of the record: they come last.
describe('after an hour that saw much', () => {
  // The server takes note of so many changes by itself, within a minute.
  const changeMany = async (sql: string, values: readonly unknown[] = []) => {
    await own.pool.query(sql, [...values]);
    await own.pool.query('ANALYZE effects');
  };
  const costOf = async (work: () => Promise<unknown>) => {
    const costs = await rowsReadBy(work);
    expect(costs).not.toEqual([]);
    return costs.reduce((sum, { rows }) => sum + rows, 0);
  };
  const costOfNext = async (what: string, limits: QuarantineLimits) => {
    let cost = 0;
    const ask: Asking = async (name, work) => {
      if (name !== what) return work();
      let result: Awaited<ReturnType<typeof work>> | undefined;
      cost = await costOf(async () => {
        result = await work();
        expect(result).not.toBeNull();
      });
      return result as Awaited<ReturnType<typeof work>>;
    };
    await walkHotPath(own.records, { now: NOW, name: randomUUID(), repository: 'acme/app-0', limits, ask });
    return cost;
  };

  it('L9: a quarantine counts no more of it than its limits need to know', async () => {
    // 72 of 3,600 images were quarantined: where that is over the limit of the hour, nobody needs to know its share.
    expect(await costOfNext('begin a quarantine', evenLimits(20))).toBeLessThan(300);
    // The share of three scopes, at 5 %, is told by as many as 1,481 images each; those of a repository that has half of
    // all may be found among all.
    expect(await costOfNext('begin a quarantine', evenLimits(1_000))).toBeLessThan(300 + 4 * 1_500);
  });

  it('P5: a quarantine counts no more of the repositories that wait before its own than may have their turn', async () => {
    await changeMany(
      `UPDATE effects SET kind = 'quarantine', state = 'held', limited_by = 'all', repository = 'junk/' || id,
        turn_since = $1::timestamptz - interval '2 hours', due_at = $1::timestamptz + interval '1 hour', done_at = NULL
      WHERE id <= 20000 AND kind = 'release'`,
      [NOW],
    );
    expect(await costOfNext('begin a quarantine', evenLimits(20))).toBeLessThan(300);
  });

  it('P5: a round reads no more of the lines in which quarantines wait than which of them have no first', async () => {
    await changeMany(
      `UPDATE effects SET limited_by = 'repository', repository = 'junk/' || id % 10, turn_since = NULL, due_at = NULL
      WHERE id <= 20000 AND state = 'held'`,
    );
    // One of each line is made the first; then each has one.
    const due = await own.records.outbox.findDue(NOW, 200);
    expect(due.filter(({ lane }) => lane.repository.startsWith('junk/'))).toHaveLength(10);
    const costs = await rowsReadBy(() => own.records.outbox.findDue(NOW, 200));
    expect(costs.find(({ text }) => text.includes('RECURSIVE lines'))?.rows).toBeLessThan(300);
  });

  it('a correction of a false mark reads none of those that found nothing to change', async () => {
    await changeMany(
      `UPDATE effects SET kind = 'undo', origin = 'event', result = 'tag-absent', done_at = $1::timestamptz - interval '10 minutes'
      WHERE id BETWEEN 20001 AND 40000 AND state = 'done'`,
      [NOW],
    );
    expect(await costOfNext('begin an undo', evenLimits(20))).toBeLessThan(300);
  });
});

async function expectFew(work: () => Promise<unknown>): Promise<readonly StatementCost[]> {
  const costs = await rowsReadBy(work);
  expect(costs).not.toEqual([]);
  expect(costs.filter(({ rows }) => rows > FEW)).toEqual([]);
  return costs;
}
