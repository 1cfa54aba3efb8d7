import { setTimeout as delay } from 'node:timers/promises';
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type IQueueBackend,
  isPgPool,
  runMigrations,
  SchemaVersionMismatchError,
} from 'bullmq';
import type pg from 'pg';
import { FaultError } from '../kit/errors.ts';
import { mendTimes } from './mend-times.ts';
import type { OpenStore } from './open-store.ts';
import { toQueueFault } from './queue-fault.ts';

/** Where the queue's pool must look up unqualified names: BullMQ's statements name no schema. */
export const QUEUE_SEARCH_PATH = `${DEFAULT_SCHEMA},public`;

/** Connections the queue's pool needs at least: four kinds of job listen on one each, the rest do the work. */
export const QUEUE_MIN_CONNECTIONS = 8;

/**
 * Brings BullMQ's tables up to date; several processes may do so at once.
 * @throws {FaultError} `QUEUE_UNAVAILABLE`, `DATABASE_TOO_NEW`
 */
export async function openPostgresStore(pool: pg.Pool): Promise<OpenStore> {
  const place = placeOf(pool);
  const size = pool.options.max ?? 0;
  if (size < QUEUE_MIN_CONNECTIONS) {
    throw new RangeError(`expected a pool of ${QUEUE_MIN_CONNECTIONS} connections or more for the queue, got ${size}`);
  }
  if (!isPgPool(pool)) throw new TypeError('expected a pool of the pg package');
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client);
    } finally {
      client.release();
    }
  } catch (error) {
    throw error instanceof SchemaVersionMismatchError ? tooNew(error) : toQueueFault(error, place);
  }
  return {
    place,
    backend: (name, options, more) =>
      mendingTimes(slowedByFailure(createPostgresBackend(name, { ...options, connection: pool }, more)), pool, name),
    // Four statements each time, for each kind of job.
    askAgainS: 30,
    close: async () => undefined,
  };
}

// How soon a worker asks again after the database has failed it.
const RETRY_MS = 1_000;

/**
 * BullMQ waits before it asks for work again only after the errors Redis clients make; after any other it asks at once,
 * and a database that is away would be asked thousands of times a second.
 */
function slowedByFailure(backend: IQueueBackend): IQueueBackend {
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args) => {
    try {
      return await moveToActive(...args);
    } catch (error) {
      await delay(RETRY_MS);
      throw error;
    }
  };
  return backend;
}

/** BullMQ believes the clock of the process that wrote last; a wrong one would hold up the jobs of dead processes. */
function mendingTimes(backend: IQueueBackend, pool: pg.Pool, queue: string): IQueueBackend {
  const moveStalledJobsToWait = backend.moveStalledJobsToWait.bind(backend);
  backend.moveStalledJobsToWait = async () => {
    await mendTimes(pool, queue);
    return await moveStalledJobsToWait();
  };
  return backend;
}

function tooNew(error: SchemaVersionMismatchError): FaultError {
  return new FaultError(
    'DATABASE_TOO_NEW',
    `expected queue tables of BullMQ ${error.supportedVersion} or older, got ${error.databaseVersion}`,
    {
      retryable: false,
      cause: error,
      hint: `a newer Lazaret has used this database: run that version, or drop the schema ${DEFAULT_SCHEMA}, which holds only jobs`,
    },
  );
}

function placeOf({ options }: pg.Pool): string {
  const { host, port, connectionString } = options;
  if (connectionString !== undefined && URL.canParse(connectionString)) {
    const url = new URL(connectionString);
    return `PostgreSQL at ${url.host || url.searchParams.get('host') || 'localhost'}`;
  }
  return host?.startsWith('/')
    ? `PostgreSQL at socket ${host}`
    : `PostgreSQL at ${host ?? 'localhost'}:${port ?? 5432}`;
}
