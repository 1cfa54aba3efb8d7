import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { backOff } from '../kit/back-off.ts';
import { FaultError } from '../kit/errors.ts';
import { toDatabaseFault } from './database-fault.ts';
import { isGivenWay, lockTables } from './lock-tables.ts';
import { ALL_MIGRATIONS } from './migrations/all-migrations.ts';
import type { Migration } from './migrations/migration.ts';
import { RECORD_SCHEMA } from './server/create-pool.ts';

// server_version_num of 14.0: the oldest release that still gets security fixes from its makers.
const OLDEST_SERVER = 140_000;
// Any constant will do as long as all our processes share it: "lzrt" in ASCII.
const LOCK_KEY = 0x6c7a7274;
// Statements of running processes take milliseconds; what keeps a table for longer is a backup or a person.
const TRY_FOR_MS = 120_000;
// Half of what a statement of a running process is given, which waits behind us for as long.
const LOCK_LAST_MS = 8_000;
const LOCK_FIRST_MS = 500;
const BETWEEN_TRIES_MS = 200;

/**
 * Brings the database to this version of the schema, in one transaction, under a lock: of several processes that start
 * at once one does the work and the others wait for it. Those of the release before may be at work meanwhile: it gives
 * way to them, and tries again. Returns the versions applied now.
 * @throws {FaultError} `DATABASE_UNAVAILABLE`, `DATABASE_TOO_OLD` (the server), `DATABASE_TOO_NEW` (the schema)
 */
export async function migrate(
  pool: pg.Pool,
  migrations: readonly Migration[] = ALL_MIGRATIONS,
): Promise<readonly number[]> {
  try {
    const client = await pool.connect();
    try {
      await refuseOldServer(client);
      return await givingWay((lockMs) => inTransaction(client, () => migrateWithin(client, migrations, lockMs)));
    } finally {
      client.release();
    }
  } catch (error) {
    throw toDatabaseFault(error, pool);
  }
}

/** `work` is told for how long it may wait for the tables: a busy server needs longer than an idle one. */
async function givingWay<T>(work: (lockMs: number) => Promise<T>): Promise<T> {
  const until = performance.now() + TRY_FOR_MS;
  for (let tries = 0; ; tries += 1) {
    try {
      return await work(backOff(LOCK_FIRST_MS, tries, LOCK_LAST_MS));
    } catch (error) {
      if (!isGivenWay(error)) throw error;
      if (performance.now() > until) throw inUse(error);
      // Not at the pace of whoever is in the way.
      await delay(BETWEEN_TRIES_MS * (0.5 + Math.random()));
    }
  }
}

async function refuseOldServer(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ number: string; text: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text`,
  );
  if (Number(rows[0]?.number) >= OLDEST_SERVER) return;
  throw new FaultError('DATABASE_TOO_OLD', `expected PostgreSQL 14 or later, got ${rows[0]?.text}`, {
    retryable: false,
    hint: 'upgrade the server, or leave out postgres.url to use the embedded one',
  });
}

/** Runs work in a transaction of this connection: all of it, or nothing. @throws whatever the work throws */
export async function inTransaction<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The first error is the one to report. The rollback may fail because the connection is lost.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * The same within a transaction that the caller has begun and ends.
 * @throws {FaultError} `DATABASE_TOO_NEW`
 */
export async function migrateWithin(
  client: pg.PoolClient,
  migrations: readonly Migration[],
  lockMs = LOCK_LAST_MS,
): Promise<readonly number[]> {
  // Building an index over a large table may take longer than an ordinary statement is allowed.
  await client.query('SET LOCAL statement_timeout = 0');
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
  await ensureSchema(client);
  const newest = migrations.at(-1)?.version ?? 0;
  const { rows } = await client.query<{ version: number | null }>('SELECT max(version) AS version FROM schema_version');
  const present = rows[0]?.version ?? 0;
  if (present > newest) throw tooNew(present, newest);
  const pending = migrations.filter((migration) => migration.version > present);
  await lockTables(client, pending, lockMs);
  for (const migration of pending) {
    await client.query(migration.sql);
    await client.query('INSERT INTO schema_version (version, name) VALUES ($1, $2)', [
      migration.version,
      migration.name,
    ]);
  }
  return pending.map((migration) => migration.version);
}

async function ensureSchema(client: pg.PoolClient): Promise<void> {
  // CREATE SCHEMA IF NOT EXISTS asks for the right to create even when there is nothing to create.
  const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [RECORD_SCHEMA]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${RECORD_SCHEMA}`);
  await client.query(`SET LOCAL search_path = ${RECORD_SCHEMA}`);
  await client.query(`CREATE TABLE IF NOT EXISTS schema_version (
    version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`);
}

function inUse(cause: unknown): FaultError {
  const message = `tables of the record could not be changed: for ${TRY_FOR_MS / 1_000} s others had them`;
  const hint =
    'end what reads or locks the tables of the schema lazaret (a backup, a session of psql), and start again';
  return new FaultError('DATABASE_UNAVAILABLE', message, { retryable: true, cause, hint });
}

/** A record of a newer Lazaret than this one. */
export function tooNew(present: number, newest: number): FaultError {
  return new FaultError(
    'DATABASE_TOO_NEW',
    `expected a database of schema version ${newest} or older, got version ${present}`,
    {
      retryable: false,
      hint: 'a newer Lazaret has used this database: start that version here too, while others go on with the work of this process. To go back to this version, restore a backup',
    },
  );
}
