import fc from 'fast-check';
import type pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KEPT_KINDS } from '../../../src/ports/record-keeping.ts';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { describeWithPart } from '../../support/parts.ts';
import { fillTables } from '../../support/records/fill-tables.ts';
import { type PostgresServer, startPostgres } from '../../support/servers/postgres.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-29T08:00:00Z');
const DROPPED = ['verdicts', 'effects', 'inbox_events', 'parked_deliveries'] as const;
const TABLES = ['subjects', ...DROPPED] as const;

interface Row {
  readonly id: number;
  readonly subject_id: string;
  readonly [column: string]: unknown;
}

const OPEN_EFFECTS = ['pending', 'sending', 'held'];
type Record_ = Readonly<Record<(typeof TABLES)[number], readonly Row[]>>;

describeWithPart('postgres', 'dropping what is old from the record', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  let records: Records;
  let serial = 0;

  beforeAll(async () => {
    server = await startPostgres();
    const template = createPool({
      connection: { url: await server.createDatabase('filled') },
      logger: pino({ level: 'silent' }),
    });
    await migrate(template);
    await fillTables(template);
    await template.end();
  });
  afterAll(async () => {
    await server?.stop();
  });

  /** A copy of a record with every state, of which age and marks are by chance. */
  async function open(seed: number): Promise<void> {
    serial += 1;
    const admin = createPool({ connection: { url: server.url }, logger: pino({ level: 'silent' }) });
    await admin.query(`CREATE DATABASE copy_${serial} TEMPLATE filled`);
    await admin.end();
    const url = server.url.replace(/lazaret$/, `copy_${serial}`);
    pool = createPool({ connection: { url }, logger: pino({ level: 'silent' }) });
    records = createRecords(pool);
    // What a number of a row gives for this seed, between 0 and 1; rows are numbered as they come, so times grow with it.
    const chance = (n: string, of: string) =>
      `(('x' || substr(md5(${n} || '${of}${seed}'), 1, 6))::bit(24)::int / 16777216.0)`;
    const grown = (n: string) =>
      `timestamptz '${new Date(NOW).toISOString()}' - interval '1 day' * greatest(0, 200 - ${n})`;
    await pool.query(`UPDATE subjects SET
      mark = (ARRAY['none', 'quarantined', 'released', 'none'])[1 + floor(4 * ${chance('id', 'mark')})::int],
      state = (ARRAY['pending', 'waiting', 'final', 'evidence', 'artifact', 'gone', 'parked', 'final', 'final', 'final'])
        [1 + floor(10 * ${chance('id', 'state')})::int],
      judged_seq = CASE WHEN ${chance('id', 'judged')} < 0.8 THEN requested_seq ELSE judged_seq END,
      started_seq = requested_seq`);
    await pool.query(
      `UPDATE verdicts SET first_judged_at = ${grown('id')}, judged_at = ${grown('id')} + ${chance('id', 'late')} * interval '9 days'`,
    );
    await pool.query(
      `UPDATE effects SET created_at = ${grown('id')}, done_at = ${grown('id')} + ${chance('id', 'done')} * interval '9 days'`,
    );
    await pool.query(`UPDATE effects SET verdict_id = NULL WHERE kind = 'undo'`);
    await pool.query(`UPDATE inbox_events SET received_at = ${grown('id')}`);
    await pool.query(`UPDATE parked_deliveries SET received_at = ${grown('id * 20')}`);
  }

  async function read(): Promise<Record_> {
    const all = await Promise.all(
      TABLES.map(async (table) => [table, (await pool.query<Row>(`SELECT * FROM ${table}`)).rows] as const),
    );
    return Object.fromEntries(all) as unknown as Record_;
  }

  /** All other tables, a line each: the audit, locked images, what registries can do, and what is added one day. */
  async function readOthers(): Promise<string> {
    const { rows } = await pool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'lazaret'::regnamespace
        AND relname <> ALL ($1) ORDER BY relname`,
      [DROPPED],
    );
    const lines = rows.map(async ({ name }) => {
      const { rows: of } = await pool.query<{ line: string }>(
        `SELECT count(*) || ' ' || md5(string_agg(t::text, '|' ORDER BY t::text)) AS line FROM ${name} t`,
      );
      return `${name} ${of[0]?.line}`;
    });
    return (await Promise.all(lines)).join('\n');
  }

  async function drop(before: Date, most: number): Promise<number> {
    let count = 0;
    for (const kind of KEPT_KINDS) {
      for (let after: number | null = 0; after !== null; ) {
        const dropped = await records.keeping.dropOld(kind, { now: new Date(NOW), before, after, most });
        expect(dropped.count).toBeLessThanOrEqual(most);
        count += dropped.count;
        after = dropped.next;
      }
    }
    return count;
  }

  /** Seeds of records that are old throughout: with the others, whose age is by chance, enough is always dropped. */
  const OLD_RECORDS = [1, 2, 3, 4];

  it('leaves all that something rests on, and nothing else that is old, whatever the record holds', async () => {
    let droppedInAll = 0;
    const options = fc.record({
      seed: fc.nat(),
      days: fc.integer({ min: 0, max: 200 }),
      most: fc.constantFrom(7, 50, 1_000),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ seed, days, most }) => {
        await open(seed);
        try {
          const before = new Date(NOW - days * DAY_MS);
          const [had, others] = [await read(), await readOthers()];
          const count = await drop(before, most);
          const has = await read();
          expect(others).toContain('audit_log 12 ');
          expect(await readOthers()).toBe(others);
          expectKept(had, has, before);
          expectDropped(had, has, before);
          const gone = DROPPED.map((table) => had[table].length - has[table].length);
          // Nothing goes along that was not counted.
          expect(gone.reduce((sum, each) => sum + each)).toBe(count);
          droppedInAll += count;
          expect(await drop(before, most)).toBeLessThanOrEqual(count);
        } finally {
          await pool.end();
        }
      }),
      { numRuns: 12, examples: OLD_RECORDS.map((seed) => [{ seed, days: 0, most: 7 }]) },
    );
    expect(droppedInAll).toBeGreaterThan(100);
  }, 180_000);

  it('takes what came while the clock was behind for no older than what came before it, and is not stopped by one ahead', async () => {
    await open(3);
    try {
      // The first of each says 2036, those after it 100 days ago, the middle one ten days ago, and what came after 1970.
      for (const [table, began] of [
        ['inbox_events', 'received_at'],
        ['parked_deliveries', 'received_at'],
        ['verdicts', 'first_judged_at'],
        ['effects', 'created_at'],
      ]) {
        await pool.query(
          `UPDATE ${table} t SET ${began} = CASE WHEN place = 0 THEN timestamptz '2036-01-02' WHEN place > middle THEN '1970-01-02'
            ELSE $1::timestamptz - CASE WHEN place = middle THEN 10 ELSE 100 END * interval '1 day' END
          FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () / 2 AS middle FROM ${table}) n
          WHERE n.id = t.id`,
          [new Date(NOW)],
        );
      }
      await pool.query(`UPDATE verdicts SET judged_at = first_judged_at; UPDATE effects SET done_at = created_at`);
      const had = await read();
      expect(await drop(new Date(NOW - 30 * DAY_MS), 20)).toBeGreaterThan(0);
      const has = await read();
      const behind = (row: Row) =>
        ['received_at', 'first_judged_at', 'created_at'].some(
          (began) => (row[began] as Date | undefined)?.getFullYear() === 1970,
        );
      for (const table of DROPPED) {
        expect(had[table].filter(behind).length, table).toBeGreaterThan(0);
        expect(has[table].filter(behind), table).toEqual(had[table].filter(behind));
      }
    } finally {
      await pool.end();
    }
  });

  it('does not wait for what somebody else has locked, and takes it the next time', async () => {
    await open(7);
    const writer = await pool.connect();
    try {
      const before = new Date(NOW);
      const old = await writer.query(`BEGIN; SELECT id FROM inbox_events ORDER BY id FOR UPDATE`);
      expect(old).toBeDefined();
      expect((await records.keeping.dropOld('events', { now: before, before, after: 0, most: 1_000 })).count).toBe(0);
      await writer.query('ROLLBACK');
      expect(
        (await records.keeping.dropOld('events', { now: before, before, after: 0, most: 1_000 })).count,
      ).toBeGreaterThan(0);
    } finally {
      writer.release();
      await pool.end();
    }
  });
});

const isBefore = (time: unknown, before: Date) => time === null || (time as Date).getTime() < before.getTime();

function isAtRest(had: Record_, { subject_id }: Row): boolean {
  const subject = had.subjects.find(({ id }) => String(id) === subject_id);
  if (subject === undefined) return true;
  const isOpen =
    ['pending', 'waiting'].includes(String(subject['state'])) ||
    had.effects.some((effect) => effect.subject_id === subject_id && OPEN_EFFECTS.includes(String(effect['state'])));
  return (
    subject['mark'] !== 'quarantined' && !isOpen && Number(subject['requested_seq']) <= Number(subject['judged_seq'])
  );
}

/** What must be there after, by the words of the promise alone. */
function expectKept(had: Record_, has: Record_, before: Date): void {
  const ids = (rows: readonly Row[]) => new Set(rows.map(({ id }) => id));
  const [verdicts, effects, events] = [ids(has.verdicts), ids(has.effects), ids(has.inbox_events)];
  for (const row of had.verdicts) if (row['is_current'] || !isAtRest(had, row)) expect(verdicts).toContain(row.id);
  for (const row of had.effects) {
    const isAudit = row['kind'] !== 'notice' || row['origin'] === 'manual';
    const isDone = ['done', 'superseded'].includes(String(row['state']));
    if (isAudit || !isDone || !isAtRest(had, row)) expect(effects).toContain(row.id);
    if (isAudit && row['verdict_id'] !== null) expect(verdicts).toContain(row['verdict_id']);
  }
  for (const row of had.inbox_events) {
    if (row['state'] === 'unresolved' || row['found'] === 'unheard' || !isAtRest(had, row))
      expect(events).toContain(row.id);
    if (!isBefore(row['received_at'], before)) expect(events).toContain(row.id);
  }
  const announced = had.inbox_events.filter(({ found }) => found === null).map(({ id }) => id);
  if (announced.length > 0) expect(events).toContain(Math.max(...announced));
}

/** What nothing rests on and is old is gone. */
function expectDropped(had: Record_, has: Record_, before: Date): void {
  const referred = new Set(had.effects.flatMap(({ after_effect, told_with }) => [after_effect, told_with]));
  const isOldNotice = (row: Row) =>
    row['kind'] === 'notice' &&
    row['origin'] !== 'manual' &&
    ['done', 'superseded'].includes(String(row['state'])) &&
    isBefore(row['created_at'], before) &&
    isBefore(row['done_at'], before) &&
    isAtRest(had, row);
  expect(has.effects.filter((row) => isOldNotice(row) && !referred.has(row.id))).toEqual([]);
  const judged = new Set(has.effects.map(({ verdict_id }) => verdict_id));
  const isOldVerdict = (row: Row) =>
    !row['is_current'] &&
    isBefore(row['judged_at'], before) &&
    isBefore(row['first_judged_at'], before) &&
    isAtRest(had, row);
  expect(has.verdicts.filter((row) => isOldVerdict(row) && !judged.has(row.id))).toEqual([]);
  const last = Math.max(0, ...had.inbox_events.filter(({ found }) => found === null).map(({ id }) => id));
  const isOldEvent = (row: Row) =>
    isBefore(row['received_at'], before) &&
    row['state'] !== 'unresolved' &&
    isAtRest(had, row) &&
    (['baseline', 'present', 'announced'].includes(String(row['found'])) ||
      (row['found'] !== 'unheard' && row.id < last));
  expect(has.inbox_events.filter(isOldEvent)).toEqual([]);
  expect(has.parked_deliveries.filter((row) => isBefore(row['received_at'], before))).toEqual([]);
}
