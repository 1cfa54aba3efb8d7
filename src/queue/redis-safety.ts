import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { FaultError } from '../kit/errors.ts';

// The oldest release whose scripts BullMQ is tested with that still gets security fixes.
const OLDEST_MAJOR = 7;

/**
 * Refuses a Redis that would drop jobs to make room, or is too old; tells the logger, if there is one, of a Redis that
 * forgets at a restart, which costs only time. https://redis.io/docs/latest/commands/info/ @throws {FaultError} `REDIS_UNSAFE`
 */
export async function checkRedis(client: Redis, place: string, logger: Logger | undefined): Promise<void> {
  const info = parseInfo(await client.info());
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    throw unsafe(`expected ${place} to have maxmemory-policy noeviction, got ${policy}`, {
      hint: 'run: redis-cli CONFIG SET maxmemory-policy noeviction, and set it in redis.conf',
    });
  }
  const version = info.get('redis_version') ?? 'none';
  // Written with `!`, so that a version that is no number is refused too.
  if (!(Number.parseInt(version, 10) >= OLDEST_MAJOR)) {
    throw unsafe(`expected ${place} to be version ${OLDEST_MAJOR} or later, got ${version}`, {
      hint: 'upgrade Redis, or leave out redis.url to keep the queue in PostgreSQL',
    });
  }
  if (info.get('aof_enabled') === '0') {
    logger?.warn(`${place} has no append-only file: after its restart, jobs come back with the sweeper's next rounds`);
  }
}

/**
 * Whether anybody who reaches this Redis may write jobs into it. A job carries no verdict, so nothing false comes of
 * one; but work does, and the queue can be emptied.
 */
export function isUnguarded(url: URL): boolean {
  return url.password === '' && !/^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/.test(url.hostname);
}

function unsafe(message: string, { hint }: { readonly hint: string }): FaultError {
  return new FaultError('REDIS_UNSAFE', message, { retryable: false, hint });
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}
