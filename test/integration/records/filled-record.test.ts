import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRecords, type Records } from '../../../src/records/create-records.ts';
import { migrate } from '../../../src/records/migrate.ts';
import { createPool } from '../../../src/records/server/create-pool.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { walkHotPath } from '../../support/records/hot-path.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

// Everything that is asked for every event, every verdict and every round, on a record of a hundred thousand images: none
// of it may read a table from end to end.
const SUBJECTS = 100_000;
const NOW = new Date('2026-11-24T08:00:00.000Z');
const LARGE = ['subjects', 'verdicts', 'inbox_events', 'effects', 'known_evidence', 'index_children'];

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
  await fill(pool);
}, 240_000);
afterAll(async () => {
  await records?.close();
  await server?.stop();
  await folder?.remove();
});

describe('on a record of 100,000 images', () => {
  it('nothing that an event, a look, a verdict or a round of the sweeper asks reads a whole table', async () => {
    const statements = await statementsOf(() => walkHotPath(records, { now: NOW, name: 'one' }));
    expect(statements.length).toBeGreaterThan(15);
    const read = await Promise.all(
      statements.map(async (statement) => ({ statement, whole: await readWhole(statement) })),
    );
    expect(read.filter(({ whole }) => whole.length > 0)).toEqual([]);
  });
});

/** Half of them in one repository, the rest in a thousand; one in fifty has failed and is marked. */
async function fill(into: pg.Pool): Promise<void> {
  const at = `timestamptz '2026-11-20' + n * interval '1 second'`;
  await into.query(`
    INSERT INTO subjects (id, registry_id, repository, digest, state, first_seen_at, tags, mark, mark_tag, correlation_id,
      requested_seq, started_seq, judged_seq, fence, progress_at, next_check_at, settled_outcome, grace_from)
    SELECT encode(sha256(n::text::bytea), 'hex'), 'prod', 'acme/app-' || CASE WHEN n % 2 = 0 THEN 0 ELSE n % 1000 END,
      'sha256:' || encode(sha256(n::text::bytea), 'hex'), 'final', ${at}, ARRAY['v' || n],
      CASE WHEN n % 50 = 0 THEN 'quarantined' ELSE 'none' END, CASE WHEN n % 50 = 0 THEN 'quarantined-' || n END, 'c' || n,
      1, 1, 1, 1, ${at}, timestamptz '2026-12-20' + n * interval '1 second', 'pass', ${at}
    FROM generate_series(1, ${SUBJECTS}) n`);
  await into.query(`
    INSERT INTO verdicts (subject_id, outcome, code, final, policy_revision, trust_epoch, first_judged_at, judged_at, verdict,
      findings, is_current)
    SELECT id, 'pass', 'SATISFIED', true, 'p1', 1, first_seen_at, first_seen_at,
      '{"outcome":"pass","code":"SATISFIED","reason":"","policies":[],"onFailure":"alert","requirements":[],"graceMs":0}', '[]', true
    FROM subjects`);
  await into.query(`
    INSERT INTO inbox_events (source_id, registry_id, received_at, state, event, repository, tag, subject_id, correlation_id)
    SELECT 'hook', registry_id, first_seen_at, 'accepted', '{}', repository, tags[1], id, correlation_id FROM subjects`);
  await into.query(`
    INSERT INTO known_evidence (subject_id, manifest, repository, counted, noted_at, noted_by)
    SELECT id, digest, '', true, first_seen_at, id FROM subjects`);
  await into.query(`
    INSERT INTO index_children (parent_id, digest)
    SELECT id, 'sha256:' || encode(sha256(digest::bytea), 'hex') FROM subjects`);
  await into.query(`
    INSERT INTO effects (subject_id, verdict_id, origin, kind, tag, state, created_at, done_at, registry_id, repository)
    SELECT s.id, v.id, 'verdict', 'quarantine', 'quarantined-' || s.correlation_id, 'done', s.first_seen_at, s.first_seen_at,
      s.registry_id, s.repository
    FROM subjects s JOIN verdicts v ON v.subject_id = s.id`);
  await into.query('VACUUM ANALYZE');
}

interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

async function statementsOf(work: () => Promise<unknown>): Promise<readonly Statement[]> {
  const sent = vi.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const all = sent.mock.calls.map(([asked]: readonly unknown[]) => asked as Partial<Statement> | string);
    const different = new Map<string, Statement>();
    for (const asked of all) {
      if (typeof asked === 'string' || asked.text === undefined) continue;
      different.set(asked.text, {
        text: asked.text,
        values: asked.values ?? [],
        ...(asked.name !== undefined && { name: asked.name }),
      });
    }
    return [...different.values()];
  } finally {
    sent.mockRestore();
  }
}

/** The large tables of which the plan reads all rows; that of a prepared statement is made for any values. */
async function readWhole({ name, text, values }: Statement): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    await client.query(`SET plan_cache_mode = ${name === undefined ? 'force_custom_plan' : 'force_generic_plan'}`);
    const explain = { text: `EXPLAIN (FORMAT JSON) ${text}`, values: [...values] };
    const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(explain);
    return tablesRead(rows[0]?.['QUERY PLAN']);
  } finally {
    await client.query('RESET plan_cache_mode');
    client.release();
  }
}

function tablesRead(plan: unknown): readonly string[] {
  if (typeof plan !== 'object' || plan === null) return [];
  const own =
    'Node Type' in plan && plan['Node Type'] === 'Seq Scan' && 'Relation Name' in plan
      ? [String(plan['Relation Name'])]
      : [];
  return [...own.filter((table) => LARGE.includes(table)), ...Object.values(plan).flatMap(tablesRead)];
}
