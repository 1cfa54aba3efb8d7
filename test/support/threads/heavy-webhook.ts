import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pino from 'pino';
import { createHttpServer } from '../../../src/api/create-http-server.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { findDialect } from '../../../src/sources/dialects/dialects.ts';
import { payloadLimits } from '../../../src/sources/dialects/payload-limits.ts';
import { createWebhooks } from '../../../src/sources/webhook/webhooks.ts';
import type { HeavyLook } from './heavy-evidence.ts';

const SECRET = 'of-the-bench';
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** The event of a manifest of 4 MiB, as Go writes it: each of its characters becomes six bytes. */
function eventOf24MiB(): Buffer {
  const padding = '\\u003c'.repeat(4 * 1024 * 1024);
  const target = `"mediaType":"application/vnd.oci.image.manifest.v1+json","repository":"acme/app","digest":"${DIGEST}"`;
  const references = `[{"annotations":{"a":"${padding}"}}]`;
  return Buffer.from(`{"events":[{"action":"push","target":{${target},"references":${references}}}]}`);
}

/** A receiver with signatures, and somebody in another thread who sends it a body of 24 MiB: a look is one of them. */
export async function openHeavyWebhook(): Promise<HeavyLook> {
  const logger = pino({ level: 'silent' });
  const receiver = { receive: async () => {}, park: async () => {} };
  const hook = {
    id: 'hook',
    registryIds: ['prod'],
    dialect: findDialect('distribution'),
    limits: payloadLimits('distribution'),
    authentication: {
      kind: 'hmac',
      header: 'X-Sig',
      format: 'hex',
      algorithm: 'sha256',
      secrets: [new Secret(SECRET)],
    },
  } as const;
  const metrics = { delivery: () => {} };
  const openIssuer = () => () => Promise.reject(new Error('no receiver here takes tokens'));
  const server = await createHttpServer(
    { host: '127.0.0.1', port: 0 },
    {
      webhooks: createWebhooks([hook], {
        receiver,
        logger,
        metrics,
        concerns: { raise: () => {} },
        openIssuer,
      }),
      readiness: new Map(),
      metrics: { contentType: 'text/plain', render: async () => '' },
      logger,
    },
  );
  const { url } = await server.start();
  const body = eventOf24MiB();
  const headers = {
    'content-type': 'application/json',
    'x-sig': createHmac('sha256', SECRET).update(body).digest('hex'),
  };
  const sender = new Worker(new URL('./send-body.thread.ts', import.meta.url), {
    workerData: { url: `${url}/webhooks/hook`, headers, body },
  });
  return {
    async look() {
      sender.postMessage('send');
      const [status] = (await once(sender, 'message')) as [number];
      return `${status}`;
    },
    async stop() {
      await sender.terminate();
      await server.stop();
    },
  };
}
