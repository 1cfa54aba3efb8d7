import { startPostgres } from '../../support/servers/postgres.ts';
import { startRedis } from '../../support/servers/redis.ts';
import { SECRETS } from './secrets.ts';

/** PostgreSQL and Redis beside the daemon. */
export interface ExternalStores {
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function startExternalStores(): Promise<ExternalStores> {
  const postgres = await startPostgres();
  const redis = await startRedis({ password: SECRETS.redis });
  return {
    config: { postgres: { urlFile: 'secrets/postgres' }, redis: { urlFile: 'secrets/redis' } },
    files: { 'secrets/postgres': `${postgres.url}\n`, 'secrets/redis': `${redis.url}\n` },
    stop: async () => {
      await redis.stop();
      await postgres.stop();
    },
  };
}
