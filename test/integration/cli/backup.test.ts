import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/records/migrate.ts';
import { ALL_MIGRATIONS } from '../../../src/records/migrations/all-migrations.ts';
import { createPool, type DatabaseConnection } from '../../../src/records/server/create-pool.ts';
import { startEmbeddedPostgres } from '../../../src/records/server/embedded-postgres.ts';
import { run } from '../../support/cli/run.ts';
import { describeWithPart, MISSING_MARK } from '../../support/parts.ts';
import { fillTables, type Row } from '../../support/records/fill-tables.ts';
import { findPostgres } from '../../support/servers/native-paths.ts';
import { startPostgres } from '../../support/servers/postgres.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

const logger = pino({ level: 'silent' });
const NEWEST = ALL_MIGRATIONS.at(-1)?.version ?? 0;
const PASSWORD = 'canary-of-backups-71d2';

describe('lazaret backup and restore', () => {
  let dir: TempDir;
  let file: string;
  let before: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    dir = await makeTempDir('backup');
    file = join(dir.path, 'lazaret.backup.gz');
    mkdirSync(join(dir.path, 'data/trust/sigstore'), { recursive: true });
    writeFileSync(join(dir.path, 'data/trust/epoch.json'), '{"epoch":7}');
    writeFileSync(join(dir.path, 'data/trust/sigstore/root.json'), 'signed by many');
    writeFileSync(join(dir.path, 'data/trust/epoch.json.tmp'), 'half of i');
    writeFileSync(join(dir.path, 'password'), PASSWORD);
    before = await fill('data');
  }, 120_000);
  afterAll(() => dir?.remove());

  /** A configuration over this data folder; `more` stands beside. */
  function configOf(dataDir: string, more: object = {}): string {
    const path = join(dir.path, `${dataDir}.yaml`);
    const credentials = { username: 'robot', passwordFile: 'password' };
    const registries = [{ id: 'prod', url: 'https://registry.example.com', credentials }];
    const signer = { issuer: 'https://issuer.example', subject: 'nobody' };
    const spec = { images: ['**'], require: [{ name: 'signed', signature: { signer } }] };
    const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'all' }, spec };
    writeFileSync(join(dir.path, 'policy.yaml'), JSON.stringify(policy));
    writeFileSync(path, JSON.stringify({ registries, policies: ['policy.yaml'], dataDir, ...more }));
    return path;
  }

  async function fill(dataDir: string): Promise<ReadonlyMap<string, readonly string[]>> {
    return withEmbedded(dataDir, async (pool) => {
      await migrate(pool);
      await fillTables(pool);
      return readAll(pool);
    });
  }

  async function withEmbedded<T>(dataDir: string, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
    const server = await startEmbeddedPostgres({ dataDir: join(dir.path, dataDir), logger });
    try {
      return await withPool(server.connection, work);
    } finally {
      await server.stop();
    }
  }

  const rewrite = (name: string, change: (text: string) => string): string => {
    const path = join(dir.path, name);
    writeFileSync(path, gzipSync(change(gunzipSync(readFileSync(file)).toString('utf8'))));
    return path;
  };

  it('write all rows and what is remembered of trust roots to one file for its owner alone, and no secret', async () => {
    const dry = await run(['backup', file, '--dry-run', '--config', configOf('data')]);
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was done.') });
    expect(existsSync(file)).toBe(false);
    const { code, out, err } = await run(['backup', file, '--config', configOf('data'), '-o', 'json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const rows = [...before.values()].flat().length;
    expect(JSON.parse(out)).toMatchObject({ rows, files: 2, bytes: statSync(file).size });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = gunzipSync(readFileSync(file)).toString('utf8');
    const secret = readFileSync(join(dir.path, 'data/postgres/password'), 'utf8').trim();
    for (const each of [secret, PASSWORD, 'half of i']) {
      expect(text).not.toContain(each);
      expect(text).not.toContain(Buffer.from(each).toString('base64'));
    }
    expect(readdirSync(dir.path).filter((name) => name.includes('draft'))).toEqual([]);
  });

  it('USAGE_INVALID: no file is overwritten, and no folder or database that holds something', async () => {
    const bytes = readFileSync(file);
    const again = await run(['backup', file, '--config', configOf('data')]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('A backup replaces no other') });
    expect(readFileSync(file).equals(bytes)).toBe(true);
    const over = await run(['restore', file, '--config', configOf('data')]);
    expect(over).toMatchObject({ code: 2, err: expect.stringContaining('Move it away') });
    expect(await withEmbedded('data', readAll)).toEqual(before);
  });

  it('bring back every row as it was, the files, and the counters behind them; what waited is sent as a possible repeat', async () => {
    const { code, out, err } = await run(['restore', file, '--config', configOf('restored'), '-o', 'json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({ rows: [...before.values()].flat().length });
    const trust = join(dir.path, 'restored/trust');
    expect(readFileSync(join(trust, 'epoch.json'), 'utf8')).toBe('{"epoch":7}');
    expect(readFileSync(join(trust, 'sigstore/root.json'), 'utf8')).toBe('signed by many');
    expect(existsSync(join(trust, 'epoch.json.tmp'))).toBe(false);
    await withEmbedded('restored', async (pool) => {
      expect(await migrate(pool)).toEqual([]);
      const after = await readAll(pool);
      expect([...after.keys()]).toEqual([...before.keys()]);
      for (const [table, rows] of before) if (table !== 'effects') expect(after.get(table), table).toEqual(rows);
      const effectsOf = (all: typeof after) => (all.get('effects') ?? []).map((text) => JSON.parse(text) as Row);
      const doubted = effectsOf(before).map((effect) => {
        const isOpen = effect['kind'] === 'notice' && ['pending', 'sending', 'held'].includes(String(effect['state']));
        return { ...effect, ...(isOpen && { reply_unknown: true }) };
      });
      const byId = (a: Row, b: Row) => Number(a['id']) - Number(b['id']);
      expect(effectsOf(after).toSorted(byId)).toEqual(doubted.toSorted(byId));
      const { rows } = await pool.query(`SELECT (SELECT count(*) FROM pg_constraint WHERE contype = 'f'
        AND connamespace = 'lazaret'::regnamespace) AS "references", (SELECT max(id) FROM lazaret.inbox_events) AS last`);
      expect(rows[0]?.references).toBeGreaterThan(5);
      const next = await pool.query(`INSERT INTO lazaret.inbox_events
        (source_id, registry_id, received_at, state, event, correlation_id) VALUES ('s', 'r', now(), 'ignored', '{}', 'c') RETURNING id`);
      expect(next.rows[0]?.id).toBe(rows[0]?.last + 1);
    });
  });

  it('bring back a backup of an earlier step, and refuse one of a later: DATABASE_TOO_NEW', async () => {
    const later = rewrite('later.gz', (text) => text.replace(`"schema":${NEWEST}`, `"schema":${NEWEST + 1}`));
    const refused = await run(['restore', later, '--config', configOf('later')]);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(`got version ${NEWEST + 1}`) });
    await withEmbedded('old', async (pool) => {
      await migrate(pool, ALL_MIGRATIONS.slice(0, 9));
      await fillTables(pool);
    });
    const old = join(dir.path, 'old.gz');
    expect(await run(['backup', old, '--config', configOf('old')])).toMatchObject({ code: 0 });
    expect(await run(['restore', old, '--config', configOf('from-old')])).toMatchObject({ code: 0 });
    expect(await withEmbedded('from-old', (pool) => migrate(pool))).toEqual([]);
  });

  it('BACKUP_INVALID: bring back nothing of a file that is cut off, changed, or no backup', async () => {
    const cut = join(dir.path, 'cut.gz');
    writeFileSync(cut, readFileSync(file).subarray(0, -2_000));
    const broken = {
      cut,
      short: rewrite('short.gz', (text) => text.slice(0, text.lastIndexOf('end '))),
      fewer: rewrite('fewer.gz', (text) => text.replace(/\nrow notice_turns [^\n]*/, '')),
      unfit: rewrite('unfit.gz', (text) => text.replace(/("state":)"pending"/, '$1"sleeping"')),
      other: join(dir.path, 'policy.yaml'),
    };
    for (const [name, path] of Object.entries(broken)) {
      const { code, err } = await run(['restore', path, '--config', configOf(name)]);
      expect({ code, err }, name).toEqual({ code: 2, err: expect.stringContaining('BACKUP_INVALID') });
      expect(existsSync(join(dir.path, name, 'trust')), name).toBe(false);
      if (!existsSync(join(dir.path, name))) continue;
      const { rows } = await withEmbedded(name, (pool) =>
        pool.query(`SELECT to_regclass('lazaret.subjects') AS there`),
      );
      expect(rows, name).toEqual([{ there: null }]);
    }
  }, 120_000);

  it('BACKUP_UNWRITABLE: say where a backup cannot be written, and leave nothing', async () => {
    const nowhere = join(dir.path, 'nowhere/at/all.gz');
    const { code, err } = await run(['backup', nowhere, '--config', configOf('data')]);
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('BACKUP_UNWRITABLE') });
    const none = await run(['backup', join(dir.path, 'none.gz'), '--config', configOf('never-run')]);
    expect(none).toMatchObject({ code: 3, err: expect.stringContaining('no daemon has run') });
    expect(existsSync(join(dir.path, 'never-run'))).toBe(false);
  });

  describeWithPart('postgres', 'with a PostgreSQL of ones own', () => {
    it('move the embedded record there, whatever is written meanwhile, and refuse a database that has one', async () => {
      await using server = await started();
      const url = await server.createDatabase('moved');
      const config = configOf('moved', { postgres: { url } });
      expect(await run(['restore', file, '--config', config])).toMatchObject({ code: 0 });
      const after = await withPool({ url }, readAll);
      expect(after.get('verdicts')).toEqual(before.get('verdicts'));
      const second = await run(['restore', file, '--config', configOf('second', { postgres: { url } })]);
      expect(second).toMatchObject({ code: 2, err: expect.stringContaining('a database without a record') });

      const back = join(dir.path, 'back.gz');
      await withPool({ url }, async (pool) => {
        const writer = await pool.connect();
        // Whatever lock a daemon's statement holds.
        await writer.query('BEGIN; DELETE FROM lazaret.notice_turns');
        expect(await run(['backup', back, '--config', config])).toMatchObject({ code: 0 });
        await writer.query('ROLLBACK');
        writer.release();
      });
      expect(await run(['restore', back, '--config', configOf('back')])).toMatchObject({ code: 0 });
      expect(await withEmbedded('back', readAll)).toEqual(after);
    });

    const program = findPostgres();
    const hasDump = program !== undefined && existsSync(join(program.path, 'pg_dump'));
    const there = hasDump ? '' : ` [${MISSING_MARK} pg_dump]`;
    it.skipIf(!hasDump)(
      `are not needed where pg_dump is: its dump of the schema comes back with every row${there}`,
      async () => {
        await using server = await started();
        const [from, to] = [await server.createDatabase('dumped'), await server.createDatabase('loaded')];
        const rows = await withPool({ url: from }, async (pool) => {
          await migrate(pool);
          await fillTables(pool);
          return readAll(pool);
        });
        const dump = join(dir.path, 'lazaret.dump');
        const exec = (name: string, args: readonly string[]) =>
          promisify(execFile)(join(program?.path ?? '', name), [...args], { env: { ...process.env, ...program?.env } });
        await exec('pg_dump', ['--format=custom', '--schema=lazaret', `--file=${dump}`, from]);
        await exec('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${to}`, dump]);
        expect(await withPool({ url: to }, readAll)).toEqual(rows);
        expect(await withPool({ url: to }, (pool) => migrate(pool))).toEqual([]);
      },
    );
  });
});

async function started() {
  const server = await startPostgres();
  return { ...server, [Symbol.asyncDispose]: () => server.stop() };
}

async function withPool<T>(connection: DatabaseConnection, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = createPool({ connection, logger, max: 2 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** Every row of every table, as text. */
async function readAll(pool: pg.Pool): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'lazaret'::regnamespace AND relkind = 'r'
      AND relname <> 'schema_version' ORDER BY 1`,
  );
  const all = new Map<string, readonly string[]>();
  for (const { name } of tables) {
    const { rows } = await pool.query<{ json: string }>(`SELECT to_json(t)::text AS json FROM lazaret.${name} t`);
    all.set(name, rows.map(({ json }) => json).sort());
  }
  return all;
}
