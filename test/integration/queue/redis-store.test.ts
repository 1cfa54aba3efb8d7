import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createJobQueue, KEY_PREFIX } from '../../../src/queue/create-job-queue.ts';
import { startWorkers } from '../../../src/queue/start-workers.ts';
import { freePort } from '../../support/free-port.ts';
import { describeWithPart } from '../../support/parts.ts';
import { type RedisServer, startRedis } from '../../support/servers/redis.ts';
import { waitFor } from '../../support/wait-for.ts';

describeWithPart('redis', 'Redis as the store of the queue', () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  let server: RedisServer;
  let control: Redis;

  beforeAll(async () => {
    server = await startRedis({ password: 'canary-right' });
    control = new Redis(server.url);
  });
  afterEach(async () => {
    await control.config('SET', 'maxmemory-policy', 'noeviction');
    await control.config('SET', 'maxmemory', '0');
    lines.length = 0;
  });
  afterAll(async () => {
    control?.disconnect();
    await server?.stop();
  });

  const open = (url: string) => createJobQueue({ store: { kind: 'redis', url }, logger });

  test('REDIS_UNSAFE: a store that would drop jobs to make room is refused, with the command that mends it', async () => {
    await control.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const refused = {
      code: 'REDIS_UNSAFE',
      retryable: false,
      message: expect.stringContaining('allkeys-lru'),
      hint: expect.stringContaining('noeviction'),
    };
    await expect(open(server.url)).rejects.toMatchObject(refused);
    const workers = startWorkers({}, { store: { kind: 'redis', url: server.url }, logger });
    await expect(workers).rejects.toMatchObject(refused);
  });

  test('says once that jobs are gone after a restart where nothing is appended to a file', async () => {
    const queue = await open(server.url);
    await queue.close();
    expect(lines.filter((line) => line.includes('append-only'))).toHaveLength(1);
  });

  test('QUEUE_UNAVAILABLE at the start: which place, why and what to do, never the password', async () => {
    const nowhere = await freePort();
    for (const [url, retryable, why] of [
      [`redis://:canary-wrong@127.0.0.1:${server.port}`, false, /WRONGPASS/],
      [`redis://127.0.0.1:${server.port}`, false, /NOAUTH/],
      [`redis://:canary-wrong@127.0.0.1:${nowhere}`, true, /ECONNREFUSED/],
    ] as const) {
      const error: unknown = await open(url).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable, hint: expect.any(String) });
      expect(String(error)).toMatch(why);
      expect(String(error)).toContain('Redis at 127.0.0.1');
    }
    expect(lines.join('')).not.toContain('canary');
  });

  test('CONFIG_INVALID: a URL of another kind', async () => {
    await expect(open('http://127.0.0.1:6379')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('QUEUE_UNAVAILABLE while Redis has no room, and used again when it has', async () => {
    const queue = await open(server.url);
    try {
      await control.config('SET', 'maxmemory', '1mb');
      const job = { kind: 'judge-subject', subjectId: 'a', sequence: 1 } as const;
      const message = expect.stringContaining('OOM');
      await expect(queue.add(job)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', message });
      await control.config('SET', 'maxmemory', '0');
      await expect(queue.add(job)).resolves.toBeUndefined();
    } finally {
      await queue.close();
    }
  });

  test('Q1: a job that somebody has scheduled for ever, and one that cannot be read, end at once and fill no log', async () => {
    await control.flushall();
    const forger = new Queue('judge-subject', { connection: { url: server.url }, prefix: KEY_PREFIX });
    await forger.upsertJobScheduler('again', { every: 1 }, { name: 'x', data: {} });
    const key = `${KEY_PREFIX}:judge-subject`;
    await control.hset(`${key}:unreadable`, { name: 'x', data: '{', opts: '{}', timestamp: '0' });
    await control.lpush(`${key}:wait`, 'unreadable');
    const workers = await startWorkers(
      { 'judge-subject': async () => undefined },
      { store: { kind: 'redis', url: server.url }, logger },
    );
    const left = async () => {
      const counts = await forger.getJobCounts('waiting', 'active', 'delayed', 'failed');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    };
    await waitFor(async () => (await left()) === 0, { what: 'the forged jobs to be dropped' });
    await workers.stop(AbortSignal.timeout(10_000));
    await forger.close();
    expect(lines.filter((line) => line.includes('it is dropped'))).toHaveLength(1);
  });

  test('leaves nothing behind but its counters when all jobs have run', async () => {
    await control.flushall();
    const queue = await open(server.url);
    const done = Promise.withResolvers<void>();
    let runs = 0;
    const workers = await startWorkers(
      {
        'judge-subject': async () => {
          runs += 1;
          if (runs === 300) done.resolve();
        },
      },
      { store: { kind: 'redis', url: server.url }, logger },
    );
    for (let sequence = 1; sequence <= 300; sequence++) {
      await queue.add({ kind: 'judge-subject', subjectId: 'a', sequence });
    }
    await done.promise;
    await workers.stop(AbortSignal.timeout(10_000));
    await queue.close();
    const keys = await control.keys('*');
    expect(keys.filter((key) => key.includes('subject-a'))).toEqual([]);
    expect(keys.length).toBeLessThan(20);
    expect(await control.xlen('lazaret:judge-subject:events')).toBeLessThan(1_000);
  });
});
