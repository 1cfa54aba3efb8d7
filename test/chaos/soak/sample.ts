import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { RECORD_SCHEMA } from '../../../src/records/server/create-pool.ts';
import { rssMbOf } from '../../bench/process-usage.ts';
import type { ChaosWorld } from '../chaos-world.ts';

/** What a daemon and its stores came to at one moment. */
export interface Sample {
  /** Since the start of the run, in ms. */
  readonly at: number;
  /** The process: another after each restart. */
  readonly pid: number;
  /** Accepted so far. */
  readonly events: number;
  readonly rssMiB: number;
  /** Open files and sockets of the daemon. */
  readonly handles: number;
  /** Of the record, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** In Redis, else rows of the queue in PostgreSQL. */
  readonly queueKeys: number;
}

const QUEUE_SCHEMA = 'bullmq';

/** Measures now; `undefined` while a fault keeps one of the parts from answering. */
export async function takeSample(world: ChaosWorld, at: number, events: number): Promise<Sample | undefined> {
  const { pid } = world.daemon();
  try {
    const stored = await countStored(world);
    return { at, pid, events, rssMiB: rssMbOf(pid), handles: readdirSync(`/proc/${pid}/fd`).length, ...stored };
  } catch {
    return undefined;
  }
}

/** The samples of a file, one a line; a last line that was cut off is none. @throws {RangeError} if it has none */
export function readSamples(file: string): readonly Sample[] {
  const lines = linesOf(file).filter((line) => line.endsWith('}'));
  if (lines.length === 0) throw new RangeError(`SAMPLES: expected a file of samples, got "${file}"`);
  return lines.map((line) => JSON.parse(line) as Sample);
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

async function countStored(world: ChaosWorld): Promise<Pick<Sample, 'rows' | 'queueKeys'>> {
  const connection = await world.connection();
  if (connection === null) throw new Error('the record is not there');
  const place = 'url' in connection ? { connectionString: connection.url } : connection;
  const client = new pg.Client({ ...place, connectionTimeoutMillis: 3_000, query_timeout: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const rows = await countRows(client, RECORD_SCHEMA);
    return { rows, queueKeys: (await keysOfRedis(world)) ?? sum(await countRows(client, QUEUE_SCHEMA)) };
  } finally {
    await client.end();
  }
}

async function countRows(client: pg.Client, schema: string): Promise<Record<string, number>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p')
      AND NOT relispartition ORDER BY relname`,
    [schema],
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    counts[name] = Number(rows[0]?.count ?? 0);
  }
  return counts;
}

async function keysOfRedis({ redis }: ChaosWorld): Promise<number | undefined> {
  let keys: number | undefined;
  await redis?.run(async (client) => {
    keys = await client.dbsize();
  });
  return keys;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
