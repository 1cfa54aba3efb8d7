import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type Transaction } from 'kysely';
import type pg from 'pg';
import { FaultError } from '../kit/errors.ts';
import { toDatabaseFault } from './database-fault.ts';
import { createPoolDriver } from './pool-driver.ts';
import type { RecordSchema } from './schema.ts';

/** Either the database or a transaction in it: what a query can be sent to. */
export type Queryable = Kysely<RecordSchema>;

/** The record's database, with the faults of `pg` translated. */
export interface Database {
  /** Runs statements one by one. @throws {FaultError} `DATABASE_UNAVAILABLE` */
  run<T>(work: (db: Queryable) => Promise<T>): Promise<T>;
  /**
   * Runs all or nothing; the work may be repeated, so it must not do anything but talk to the database.
   * @throws {FaultError} `DATABASE_UNAVAILABLE`, `RECORD_CONFLICT`
   */
  transact<T>(work: (db: Transaction<RecordSchema>) => Promise<T>): Promise<T>;
  /**
   * The same for what nobody else knows, how something outside ended: while the database is away it is kept, and written
   * when that is back. Ends with the process at the latest.
   * @throws {FaultError} `DATABASE_UNAVAILABLE` where waiting changes nothing, or the pool is closed
   */
  insist<T>(work: (db: Transaction<RecordSchema>) => Promise<T>): Promise<T>;
}

// Deadlock and serialization failure: the server rolled one side back so that the other could go on.
const CONFLICT_CODES = new Set(['40P01', '40001']);
/** A server that is started again takes a second or more; who else would begin the same must not be first. */
const INSIST_EVERY_MS = 250;
// Locks are taken in one order everywhere, so a conflict is rare and a second in a row rarer still.
const MAX_TRIES = 4;

/** Wraps a pool made by `createPool`. Closing the pool stays with whoever made it. */
export function createDatabase(pool: pg.Pool): Database {
  const db = new Kysely<RecordSchema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => createPoolDriver(pool),
      createIntrospector: (of) => new PostgresIntrospector(of),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  const translate = (error: unknown): never => {
    throw toDatabaseFault(error, pool);
  };
  const transact = <T>(work: (trx: Transaction<RecordSchema>) => Promise<T>): Promise<T> =>
    transactWithRetry(db, work).catch(translate);
  return {
    run: (work) => work(db).catch(translate),
    transact,
    async insist(work) {
      for (;;) {
        try {
          return await transact(work);
        } catch (error) {
          if (!(error instanceof FaultError && error.retryable) || pool.ending) throw error;
        }
        await delay(INSIST_EVERY_MS, undefined, { ref: false });
      }
    },
  };
}

async function transactWithRetry<T>(
  db: Kysely<RecordSchema>,
  work: (trx: Transaction<RecordSchema>) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (tries === MAX_TRIES) {
        throw new FaultError('RECORD_CONFLICT', `gave way to another writer ${tries} times`, {
          retryable: true,
          cause: error,
        });
      }
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONFLICT_CODES.has(String(error.code));
}
