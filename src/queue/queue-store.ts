import type pg from 'pg';
import type { Logger } from 'pino';
import type { OpenStore, StoreUse } from './open-store.ts';
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
