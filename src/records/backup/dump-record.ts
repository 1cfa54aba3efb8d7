import type pg from 'pg';
import { FaultError } from '../../kit/errors.ts';
import { toDatabaseFault } from '../database-fault.ts';
import { RECORD_SCHEMA } from '../server/create-pool.ts';
import type { BackupLine } from './backup-lines.ts';

/** The record as it stood at one moment. */
export interface RecordDump {
  /** The step of its schema. */
  readonly schema: number;
  rows(): AsyncIterable<Extract<BackupLine, { kind: 'row' }>>;
}

// Asked for at a time. Findings of one verdict may be a megabyte, and most rows are some hundred bytes.
const FEWEST = 1;
const MOST = 1_000;
const AIM_BYTES = 1024 * 1024;

/**
 * Reads the whole record, as it stood when the first statement began, whatever a daemon writes meanwhile: nobody waits
 * for anybody. The queue is not part of it: the record brings its jobs back.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`, also where there is no record
 */
export async function dumpRecord<T>(pool: pg.Pool, work: (dump: RecordDump) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toDatabaseFault(error, pool);
  });
  try {
    // https://www.postgresql.org/docs/18/transaction-iso.html#XACT-REPEATABLE-READ
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    await client.query("SET LOCAL timezone = 'UTC'");
    return await work({ schema: await readSchema(client), rows: () => readRows(client) });
  } catch (error) {
    throw toDatabaseFault(error, pool);
  } finally {
    // There is nothing to commit; and a connection that is lost has rolled back already.
    await client.query('ROLLBACK').catch(() => undefined);
    client.release();
  }
}

async function readSchema(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('${RECORD_SCHEMA}.schema_version') IS NOT NULL AS there`,
  );
  const found = rows[0]?.there
    ? await client.query<{ version: number | null }>(
        `SELECT max(version) AS version FROM ${RECORD_SCHEMA}.schema_version`,
      )
    : undefined;
  const version = found?.rows[0]?.version;
  if (version) return version;
  throw new FaultError('DATABASE_UNAVAILABLE', 'expected a database with a record, got one without', {
    retryable: false,
    hint: 'no daemon has ever run on it: there is nothing to back up',
  });
}

async function* readRows(client: pg.PoolClient): AsyncIterable<Extract<BackupLine, { kind: 'row' }>> {
  for (const table of await listTables(client)) {
    await client.query(
      `DECLARE dump NO SCROLL CURSOR FOR SELECT to_json(t)::text AS json FROM ${RECORD_SCHEMA}.${table} t`,
    );
    let count = 100;
    for (;;) {
      const { rows } = await client.query<{ json: string }>(`FETCH ${count} FROM dump`);
      if (rows.length === 0) break;
      for (const { json } of rows) yield { kind: 'row', table, json };
      const average = rows.reduce((sum, { json }) => sum + json.length, 0) / rows.length;
      count = Math.round(Math.min(MOST, Math.max(FEWEST, AIM_BYTES / average)));
    }
    await client.query('CLOSE dump');
  }
}

/** The tables of the record, what refers to others after them as far as they are named so; `load-record` needs no order. */
export async function listTables(client: pg.PoolClient): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = '${RECORD_SCHEMA}'::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition AND relname <> 'schema_version' ORDER BY relname`,
  );
  return rows.map(({ name }) => name);
}
