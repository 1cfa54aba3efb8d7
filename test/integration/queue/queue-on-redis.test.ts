import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { KEY_PREFIX } from '../../../src/queue/create-job-queue.ts';
import { describeQueue } from '../../contract/queue.contract.ts';
import { describeWithPart } from '../../support/parts.ts';
import { startStoreProxy } from '../../support/queue/store-proxy.ts';
import { startRedis } from '../../support/servers/redis.ts';

describeWithPart('redis', 'the queue on Redis', () => {
  describeQueue('queue on Redis', async () => {
    const server = await startRedis();
    const proxy = await startStoreProxy(server.port);
    const [kind, url] = ['redis', server.url] as const;
    const direct = { connection: { url }, prefix: KEY_PREFIX };
    const control = new Redis(url);
    return {
      kind,
      url,
      connect: () => ({ kind, url: `redis://127.0.0.1:${proxy.port}` }),
      // Whoever was given the address closes what it opens.
      disconnect: async () => undefined,
      inject: async (name, jobId, data) => {
        const queue = new Queue(name, direct);
        await queue.add(name, data, { jobId, removeOnComplete: true, removeOnFail: true });
        await queue.close();
      },
      wipe: async () => {
        await control.flushall();
      },
      cut: proxy.cut,
      freeze: proxy.freeze,
      restore: proxy.restore,
      close: async () => {
        control.disconnect();
        await proxy.close();
        await server.stop();
      },
    };
  });
});
