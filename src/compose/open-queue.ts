import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { QUEUE_SEARCH_PATH } from '../queue/postgres-store.ts';
import type { QueueStore } from '../queue/queue-store.ts';
import { createPool, type DatabaseConnection } from '../records/server/create-pool.ts';

/** Where the queue keeps its jobs. */
export interface OpenQueueStore {
  readonly store: QueueStore;
  /** Ends its connections; close queue and workers first. */
  close(): Promise<void>;
}

// Four kinds of job listen on a connection each; adding, fetching and renewing locks share the others.
const QUEUE_CONNECTIONS = 12;

/** Chooses the queue's store: Redis if it is configured, else tables of its own beside the record. */
export function openQueueStore(
  config: Pick<Config, 'redis'>,
  connection: DatabaseConnection,
  logger: Logger,
): OpenQueueStore {
  if (config.redis !== undefined) {
    return { store: { kind: 'redis', url: config.redis.url.reveal() }, close: async () => undefined };
  }
  const applicationName = 'lazaret queue';
  const pool = createPool({
    connection,
    logger,
    max: QUEUE_CONNECTIONS,
    applicationName,
    searchPath: QUEUE_SEARCH_PATH,
    // What a crashed server forgets of the queue, the sweeper finds on record.
    mayForget: true,
  });
  return { store: { kind: 'postgres', pool }, close: () => pool.end() };
}
