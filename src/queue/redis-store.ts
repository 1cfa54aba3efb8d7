import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import type { OpenStore, StoreUse } from './open-store.ts';
import { toQueueFault, within } from './queue-fault.ts';
import { checkRedis, isUnguarded } from './redis-safety.ts';
import { throttledLog } from './throttled-log.ts';

// A store that is near answers in milliseconds; after 5 s it is down for our purposes.
const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 5_000;
const MAX_RECONNECT_DELAY_MS = 2_000;

/** Connects to Redis. @throws {FaultError} `QUEUE_UNAVAILABLE`, `REDIS_UNSAFE` */
export async function openRedisStore(url: string, use: StoreUse, logger: Logger): Promise<OpenStore> {
  const address = parseRedisUrl(url);
  const place = `Redis at ${address.host || 'localhost'}`;
  const client = new Redis(url, optionsFor(use));
  const lost = throttledLog(logger, 'the connection to Redis was lost; reconnecting');
  let last: Error | undefined;
  // Without a listener Node would end the process. Only the message: the error itself carries the command's arguments.
  client.on('error', (error) => {
    last = error;
    lost(error);
  });
  try {
    await within(client.connect(), CONNECT_TIMEOUT_MS, place);
    // Workers always come with a queue, which says it for both.
    const say = use === 'add' ? logger : undefined;
    await within(checkRedis(client, place, say), COMMAND_TIMEOUT_MS, place);
    if (isUnguarded(address)) say?.warn(`${place} asks for no password: whoever reaches it can empty the queue`);
  } catch (error) {
    client.disconnect();
    // What `connect` rejects with says only that it is closed; why was said before.
    throw toQueueFault(error instanceof FaultError ? error : (last ?? error), place);
  }
  return {
    place,
    // BullMQ duplicates this client for the one command that blocks.
    backend: (name, options, more) => createRedisBackend(name, { ...options, connection: client }, more),
    // The longest BullMQ lets one of its commands block: https://github.com/taskforcesh/bullmq/issues/1658
    askAgainS: 10,
    close: async () => client.disconnect(),
  };
}

function optionsFor(use: StoreUse) {
  const common = {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times: number) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS),
    keepAlive: 10_000,
  };
  // A worker has nothing better to do than to wait; BullMQ refuses any other value for it.
  if (use === 'work') return { ...common, maxRetriesPerRequest: null };
  // By default a command waits in memory for as long as Redis is away, and whoever delivered the event with it.
  return { ...common, enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: COMMAND_TIMEOUT_MS };
}

function parseRedisUrl(url: string): URL {
  if (URL.canParse(url) && /^rediss?:/.test(url)) return new URL(url);
  throw new InvalidInputError('CONFIG_INVALID', 'expected redis.url to be a redis:// or rediss:// URL', [
    { where: 'redis.url', message: 'it is no such URL', hint: 'for example redis://:password@redis:6379' },
  ]);
}
