import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type pg from 'pg';
import { pino } from 'pino';
import { createRecords, type Records } from '../../src/records/create-records.ts';
import { migrate } from '../../src/records/migrate.ts';
import { createPool } from '../../src/records/server/create-pool.ts';
import { startEmbeddedPostgres } from '../../src/records/server/embedded-postgres.ts';
import { type Asking, evenLimits, walkHotPath } from '../support/records/hot-path.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { type Filling, fillLarge } from './fill-large.ts';
import { childrenCpuExactMsOf } from './process-usage.ts';
import { describeMachine } from './report.ts';
import { quantile } from './statistics.ts';

const logger = pino({ level: 'silent' });
/** So many that one in a hundred is two of them. */
const ROUNDS = 200;
/** Quarantines an hour: what is allowed by default, and so many that the share of the images judged decides. */
const DEFAULT_LIMIT = 20;
const LARGE_LIMIT = 1_000;
/** The target of everything that is asked for an event, a look, a verdict, an effect or a round. */
const TARGET_MS = 10;

/** What one question cost. */
interface Cost {
  readonly ms: number;
  /** On a machine that others keep busy it tells more than the time. */
  readonly cpuMs: number;
}

/**
 * How long each question takes on a large record in the embedded PostgreSQL: `npm run -s bench -- record --subjects 1000000
 * --events 10000000`. `--folder DIR` keeps the record that was generated, and takes it if it is there.
 */
export async function benchRecord(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      subjects: { type: 'string', default: '100000' },
      events: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: String(ROUNDS) },
      folder: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const temp = values.folder === undefined ? await makeTempDir('bench-record') : undefined;
  const folder = values.folder ?? temp?.path ?? '';
  await mkdir(folder, { recursive: true });
  const isThere = await exists(join(folder, 'filled'));
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), logger });
  const pool = createPool({ connection: server.connection, logger });
  try {
    await migrate(pool);
    const filling = { images: Number(values.subjects), events: Number(values.events) };
    if (!isThere) await generate(pool, folder, filling);
    const times = new Map<string, Cost[]>();
    await ask(createRecords(pool), { now: await newest(pool), rounds: Number(values.rounds) }, times);
    print(times, await describeRecord(pool), values.json);
  } finally {
    if (!pool.ended) await pool.end();
    await server.stop();
    await temp?.remove();
  }
}

/** Nothing that is generated need survive a crash of the machine; what is measured runs with the settings of the product. */
async function generate(pool: pg.Pool, folder: string, filling: Filling): Promise<void> {
  const from = performance.now();
  const set = async (settings: readonly string[]) => {
    for (const setting of settings) await pool.query(`ALTER SYSTEM ${setting}`);
    await pool.query('SELECT pg_reload_conf()');
  };
  const FAST = { fsync: 'off', full_page_writes: 'off', autovacuum: 'off', max_wal_size: "'8GB'" };
  await set(Object.entries(FAST).map(([name, value]) => `SET ${name} = ${value}`));
  await fillLarge(pool, filling);
  await set(Object.keys(FAST).map((name) => `RESET ${name}`));
  await pool.query('CHECKPOINT');
  await writeFile(join(folder, 'filled'), JSON.stringify(filling));
  console.error(`generated in ${Math.round((performance.now() - from) / 1_000)} s`);
}

/** When the last image was looked at: a clock before that would have to mend the times of all. */
async function newest(pool: pg.Pool): Promise<Date> {
  const { rows } = await pool.query<{ at: Date }>('SELECT max(progress_at) AS at FROM subjects');
  return new Date((rows[0]?.at.getTime() ?? 0) + 60_000);
}

async function ask(
  records: Records,
  { now, rounds }: { readonly now: Date; readonly rounds: number },
  times: Map<string, Cost[]>,
): Promise<void> {
  let isWarm = false;
  const timed: Asking = async (name, work) => {
    const [cpuFrom, from] = [cpuMs(), performance.now()];
    const result = await work();
    const cost = { ms: performance.now() - from, cpuMs: cpuMs() - cpuFrom };
    if (isWarm) times.set(name, [...(times.get(name) ?? []), cost]);
    return result;
  };
  for (let round = -3; round < rounds; round += 1) {
    isWarm = round >= 0;
    const perHour = round % 4 < 2 ? DEFAULT_LIMIT : LARGE_LIMIT;
    const ask: Asking = (name, work) =>
      timed(name === 'begin a quarantine' ? `${name}, limit ${perHour} an hour` : name, work);
    const repository = `acme/app-${round < 0 || round % 2 === 0 ? 0 : (round * 7) % 1000}`;
    await walkHotPath(records, { now, name: `${process.pid} ${round}`, repository, limits: evenLimits(perHour), ask });
  }
}

/** CPU of this process and of the server's. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + childrenCpuExactMsOf(process.pid);
}

function print(times: ReadonlyMap<string, readonly Cost[]>, record: string, json: boolean): void {
  if (!json)
    console.log(
      `${describeMachine()}; ${record}\n\n| asked | median, ms | p99, ms | CPU, ms | |\n|---|---|---|---|---|`,
    );
  for (const [name, samples] of times) {
    const ofTime = samples.map(({ ms }) => ms);
    const [median, p99] = [quantile(ofTime, 0.5), quantile(ofTime, 0.99)];
    const cpu = quantile(
      samples.map((cost) => cost.cpuMs),
      0.5,
    );
    if (json) console.log(JSON.stringify({ benchmark: 'record', name, median, p99, cpu, samples: samples.length }));
    else
      console.log(
        `| ${name} | ${median.toFixed(2)} | ${p99.toFixed(2)} | ${cpu.toFixed(2)} | ${median > TARGET_MS ? 'over 10 ms' : ''} |`,
      );
  }
}

async function describeRecord(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ subjects: number; events: number; size: string }>(
    `SELECT (SELECT reltuples::bigint FROM pg_class WHERE oid = 'subjects'::regclass) AS subjects,
      (SELECT reltuples::bigint FROM pg_class WHERE oid = 'inbox_events'::regclass) AS events,
      pg_size_pretty(pg_database_size(current_database())) AS size`,
  );
  const [of] = rows;
  return `${of?.subjects} images, ${of?.events} events, ${of?.size}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
