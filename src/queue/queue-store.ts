import type { BackendFactory, IQueueBackend } from 'bullmq';
import type pg from 'pg';
import type { Logger } from 'pino';
import { openPostgresStore } from './postgres-store.ts';
import { openRedisStore } from './redis-store.ts';

/** Where jobs are kept. Neither is the record: both may be wiped at any moment. */
export type QueueStore =
  /** Redis 7 or later, or Valkey; `redis://` or `rediss://`, with user and password if it asks for them. */
  | { readonly kind: 'redis'; readonly url: string }
  /**
   * BullMQ's own tables in PostgreSQL 14 or later. The pool stays the caller's; make it with the search path
   * `QUEUE_SEARCH_PATH`, and for no other use: each kind of job keeps one of its connections to listen on.
   */
  | { readonly kind: 'postgres'; readonly pool: pg.Pool };

/** Who is to use the store: one that adds must fail at once, one that waits for work must wait out an outage. */
export type StoreUse = 'add' | 'work';

/** A store that has answered and was found safe. */
export interface OpenStore {
  /** For messages: host and port, never a password. */
  readonly place: string;
  /** Makes what BullMQ's classes talk through. The connection is in it; the option of that name is not looked at. */
  readonly backend: BackendFactory<IQueueBackend, string>;
  /**
   * Seconds after which a worker without work asks for some. It is told of work at once; this is for a connection that
   * died unnoticed.
   */
  readonly askAgainS: number;
  close(): Promise<void>;
}

/**
 * Connects, and refuses a store that would lose jobs silently.
 * @throws {FaultError} `QUEUE_UNAVAILABLE`, `REDIS_UNSAFE`, `DATABASE_TOO_NEW`
 */
export async function openStore(store: QueueStore, use: StoreUse, logger: Logger): Promise<OpenStore> {
  switch (store.kind) {
    case 'redis':
      return openRedisStore(store.url, use, logger);
    case 'postgres':
      return openPostgresStore(store.pool);
  }
}
