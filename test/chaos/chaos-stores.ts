import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { type StoreProxy, startStoreProxy } from '../support/queue/store-proxy.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import type { ChaosOptions } from './options.ts';

/** What the daemon keeps its record and its jobs in, and how each of it can be broken. */
export interface ChaosStores {
  /** What the daemon's configuration says of them, and the files it names. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  /** Beside the daemon, with a standby that has all that was committed. */
  readonly postgres?: {
    readonly proxy: StoreProxy;
    restart(): Promise<void>;
    /** It is killed, and its standby takes its place; a new one then follows that. */
    failOver(): Promise<void>;
  };
  readonly redis?: {
    readonly proxy: StoreProxy;
    restart(): Promise<void>;
    run(work: (client: Redis) => Promise<unknown>): Promise<void>;
  };
  /** Under the daemon's own record, where this process may mount one. */
  readonly disk?: SmallDisk;
}

type OnStop = (stop: () => Promise<unknown>) => void;

/** Holds what a run of ten thousand events leaves, several times. */
const DISK_MIB = 1024;

export async function startStores({ record }: ChaosOptions, dir: string, onStop: OnStop): Promise<ChaosStores> {
  if (record === 'embedded') {
    const data = join(dir, 'data');
    await mkdir(data, { mode: 0o700 });
    const disk = await mountSmallDisk(data, DISK_MIB);
    if (disk !== undefined) onStop(() => disk.unmount());
    return { config: {}, files: {}, ...(disk !== undefined && { disk }) };
  }
  const { url, postgres } = await startPostgresPair(onStop);
  const config = { postgres: { urlFile: 'postgres' } };
  if (record === 'postgres') return { config, files: { postgres: url }, postgres };
  const redis = await startRedisBehindProxy(onStop);
  return {
    config: { ...config, redis: { urlFile: 'redis' } },
    files: { postgres: url, redis: `redis://127.0.0.1:${redis.proxy.port}` },
    postgres,
    redis,
  };
}

async function startPostgresPair(onStop: OnStop) {
  let server = await startPostgres({ durable: true });
  onStop(() => server.stop());
  const proxy = await startStoreProxy(server.port);
  onStop(() => proxy.close());
  let standby = await server.startStandby?.();
  onStop(async () => standby?.stop());
  const postgres = {
    proxy,
    restart: async () => server.restart?.(),
    async failOver() {
      await proxy.cut();
      await server.kill?.();
      if (standby === undefined) throw new Error('there is no standby');
      server = await standby.promote();
      proxy.pointTo(server.port);
      await proxy.restore();
      standby = await server.startStandby?.();
    },
  };
  return { postgres, url: server.url.replace(`:${server.port}/`, `:${proxy.port}/`) };
}

async function startRedisBehindProxy(onStop: OnStop) {
  const server = await startRedis();
  onStop(() => server.stop());
  const proxy = await startStoreProxy(server.port);
  onStop(() => proxy.close());
  return {
    proxy,
    restart: async () => server.restart?.(),
    async run(work: (client: Redis) => Promise<unknown>) {
      const { Redis } = await import('ioredis');
      const client = new Redis(server.url);
      try {
        await work(client);
      } finally {
        client.disconnect();
      }
    },
  };
}
