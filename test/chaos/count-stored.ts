import pg from 'pg';
import { RECORD_SCHEMA } from '../../src/records/server/create-pool.ts';
import type { ChaosWorld } from './chaos-world.ts';

const QUEUE_SCHEMA = 'bullmq';

/** Asks the record itself, past the daemon. @throws {Error} while it is not there */
export async function withRecord<T>(world: ChaosWorld, ask: (client: pg.Client) => Promise<T>): Promise<T> {
  const connection = await world.connection();
  if (connection === null) throw new Error('the record is not there');
  const place = 'url' in connection ? { connectionString: connection.url } : connection;
  const client = new pg.Client({ ...place, connectionTimeoutMillis: 3_000, query_timeout: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

/** Rows of each table of the record. */
export function countRecord(client: pg.Client): Promise<Readonly<Record<string, number>>> {
  return countRows(client, RECORD_SCHEMA);
}

/** Keys in Redis, else rows of the queue in PostgreSQL. */
export async function countQueue(world: ChaosWorld, client: pg.Client): Promise<number> {
  const keys = await keysOfQueue(world);
  return keys?.length ?? Object.values(await countRows(client, QUEUE_SCHEMA)).reduce((sum, count) => sum + count, 0);
}

/** What the queue has in Redis; `undefined` where it has none. */
export async function keysOfQueue({ redis }: ChaosWorld): Promise<readonly string[] | undefined> {
  let keys: readonly string[] | undefined;
  await redis?.run(async (connected) => {
    keys = await connected.keys('*');
  });
  return keys;
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
