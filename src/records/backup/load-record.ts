import type pg from 'pg';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import { toDatabaseFault } from '../database-fault.ts';
import { inTransaction, migrateWithin, tooNew } from '../migrate.ts';
import { ALL_MIGRATIONS } from '../migrations/all-migrations.ts';
import { RECORD_SCHEMA } from '../server/create-pool.ts';
import { type BackupLine, invalidBackup } from './backup-lines.ts';
import { listTables } from './dump-record.ts';

type Rows = AsyncIterable<Extract<BackupLine, { kind: 'row' }>>;

// As many rows as fit are sent at a time.
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_ROWS = 2_000;

/**
 * Makes the record in a database that has none, at the step of the schema the rows are of, fills it and brings it up to
 * date: all in one transaction, so that nothing stays of what fails half-way. Returns how many rows there are.
 * @throws {InvalidInputError} `USAGE_INVALID` where there is a record; `BACKUP_INVALID` for rows that do not fit
 * @throws {FaultError} `DATABASE_UNAVAILABLE`, `DATABASE_TOO_NEW` for rows of a newer Lazaret
 */
export async function loadRecord(pool: pg.Pool, { schema, rows }: { schema: number; rows: Rows }): Promise<number> {
  const newest = ALL_MIGRATIONS.at(-1)?.version ?? 0;
  if (schema > newest) throw tooNew(schema, newest);
  try {
    const client = await pool.connect();
    try {
      return await inTransaction(client, async () => {
        await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
        await refuseRecord(client);
        await migrateWithin(client, ALL_MIGRATIONS.slice(0, schema));
        const count = await withoutReferences(client, () => insertAll(client, rows));
        await resetIdentities(client);
        await migrateWithin(client, ALL_MIGRATIONS);
        await doubtMessages(client);
        return count;
      });
    } finally {
      client.release();
    }
  } catch (error) {
    throw isDataFault(error)
      ? invalidBackup(`got rows that do not fit: ${error.message}`, error)
      : toDatabaseFault(error, pool);
  }
}

async function refuseRecord(client: pg.PoolClient): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace($1)', [
    RECORD_SCHEMA,
  ]);
  if (rowCount === 0) return;
  throw new InvalidInputError('USAGE_INVALID', 'expected a database without a record, got one that has one', [
    {
      where: 'database',
      message: `its schema "${RECORD_SCHEMA}" is not empty`,
      hint: 'Restore into a database of its own; what is there is never overwritten.',
    },
  ]);
}

/** Rows come table by table, and some refer to rows of their own table that come later. */
async function withoutReferences(client: pg.PoolClient, work: () => Promise<number>): Promise<number> {
  const { rows } = await client.query<{ place: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS place, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
      FROM pg_constraint WHERE connamespace = '${RECORD_SCHEMA}'::regnamespace AND contype = 'f' AND conparentid = 0`,
  );
  for (const { place, name } of rows) await client.query(`ALTER TABLE ${place} DROP CONSTRAINT ${name}`);
  const count = await work();
  for (const { place, name, definition } of rows) {
    await client.query(`ALTER TABLE ${place} ADD CONSTRAINT ${name} ${definition}`);
  }
  return count;
}

async function insertAll(client: pg.PoolClient, rows: Rows): Promise<number> {
  const tables = new Set(await listTables(client));
  let batch: { table: string; rows: string[]; bytes: number } | undefined;
  let count = 0;
  const send = async () => {
    if (batch === undefined) return;
    const { table } = batch;
    const inserted = await client.query(
      `INSERT INTO ${RECORD_SCHEMA}.${table} OVERRIDING SYSTEM VALUE
        SELECT * FROM json_populate_recordset(NULL::${RECORD_SCHEMA}.${table}, $1)`,
      [`[${batch.rows.join(',')}]`],
    );
    count += inserted.rowCount ?? 0;
    batch = undefined;
  };
  for await (const { table, json } of rows) {
    if (!tables.has(table)) throw invalidBackup(`got rows of a table "${table}"`);
    if (
      batch !== undefined &&
      (batch.table !== table || batch.rows.length >= BATCH_ROWS || batch.bytes >= BATCH_BYTES)
    ) {
      await send();
    }
    batch ??= { table, rows: [], bytes: 0 };
    batch.rows.push(json);
    batch.bytes += json.length;
  }
  await send();
  return count;
}

/** The next number of each counter is after the last one in use. */
async function resetIdentities(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ place: string; name: string }>(
    `SELECT a.attrelid::regclass::text AS place, a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = '${RECORD_SCHEMA}'::regnamespace AND c.relkind IN ('r', 'p') AND a.attidentity <> ''`,
  );
  for (const { place, name } of rows) {
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), coalesce((SELECT max(${name}) FROM ${place}), 0) + 1, false)`,
      [place, name],
    );
  }
}

/** What waited when the backup was made may have been sent since: a message that comes again says so. */
async function doubtMessages(client: pg.PoolClient): Promise<void> {
  await client.query(
    `UPDATE ${RECORD_SCHEMA}.effects SET reply_unknown = true WHERE kind = 'notice' AND state IN ('pending', 'sending', 'held')`,
  );
}

/** Classes 22 and 23 of SQLSTATE: a value or a constraint. https://www.postgresql.org/docs/18/errcodes-appendix.html */
function isDataFault(error: unknown): error is Error {
  return (
    !(error instanceof FaultError) && error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code))
  );
}
