import { createHash, randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeWithPart } from '../support/parts.ts';
import type { Backend } from '../support/servers/backend.ts';
import { startDistribution } from '../support/servers/distribution.ts';
import { startKafka } from '../support/servers/kafka.ts';
import { MOTO_ACCOUNT, startMoto } from '../support/servers/moto.ts';
import { startOlareg } from '../support/servers/olareg.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import { startRedis } from '../support/servers/redis.ts';
import { startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { startSmtp } from '../support/servers/smtp.ts';
import { TEST_USERS } from '../support/servers/test-users.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Stops it after the test, whatever happens. */
function kept<T extends { stop(): Promise<void> }>(server: T): T {
  stops.push(() => server.stop());
  return server;
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function pushBlob(base: string, bytes: Buffer): Promise<string> {
  const opened = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
  expect(opened.status).toBe(202);
  const target = new URL(opened.headers.get('location') ?? '', base);
  target.searchParams.set('digest', digestOf(bytes));
  const headers = { 'content-type': 'application/octet-stream' };
  const stored = await fetch(target, { method: 'PUT', body: new Uint8Array(bytes), headers });
  expect(stored.status).toBe(201);
  return digestOf(bytes);
}

async function pushImage(registry: string, repository: string, tag: string): Promise<string> {
  const base = `${registry}/v2/${repository}`;
  const layer = randomBytes(64);
  const config = Buffer.from('{}');
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: await pushBlob(base, config),
        size: config.length,
      },
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar',
          digest: await pushBlob(base, layer),
          size: layer.length,
        },
      ],
    }),
  );
  const headers = { 'content-type': mediaType };
  const put = await fetch(`${base}/manifests/${tag}`, { method: 'PUT', body: manifest, headers });
  expect(put.status).toBe(201);
  return digestOf(manifest);
}

async function pullDigest(registry: string, repository: string, reference: string): Promise<string> {
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
  const response = await fetch(`${registry}/v2/${repository}/manifests/${reference}`, { headers });
  expect(response.status).toBe(200);
  return digestOf(Buffer.from(await response.arrayBuffer()));
}

const basic = (user: keyof typeof TEST_USERS) => ({
  authorization: `Basic ${Buffer.from(`${user}:${TEST_USERS[user].password}`).toString('base64')}`,
});

describe.each<Backend>(['native', 'docker'])('real servers, %s', (backend) => {
  const registries = backend === 'docker' ? (['registry:2', 'registry:3'] as const) : (['registry:2'] as const);
  describeWithPart(
    'registry',
    'distribution',
    () => {
      it.each(registries)('%s stores an image, gives it back and announces the push', async (image) => {
        const receiver = kept(await startSlackReceiver());
        const notifications = { url: receiver.url, headers: { Authorization: 'Bearer hook' } };
        const registry = kept(await startDistribution({ backend, image, notifications }));
        const digest = await pushImage(registry.url, 'acme/app', 'v1');
        expect(await pullDigest(registry.url, 'acme/app', 'v1')).toBe(digest);
        const announced = await vi.waitUntil(
          () => receiver.requests.find((request) => request.body.includes(digest) && request.body.includes('"push"')),
          { timeout: 10_000 },
        );
        expect(announced.headers.authorization).toBe('Bearer hook');
        expect(announced.headers['content-type']).toContain('application/vnd.docker.distribution.events');
      });

      it('asks for credentials and knows the users of the tests', async () => {
        const registry = kept(await startDistribution({ backend, basicAuth: true }));
        expect((await fetch(`${registry.url}/v2/`)).status).toBe(401);
        expect((await fetch(`${registry.url}/v2/`, { headers: basic('writer') })).status).toBe(200);
      });
    },
    backend,
  );

  describeWithPart(
    'olareg',
    'olareg',
    () => {
      it('stores an image, lists its referrers and deletes its tag', async () => {
        const registry = kept(await startOlareg({ backend }));
        const digest = await pushImage(registry.url, 'acme/app', 'v1');
        const referrers = await fetch(`${registry.url}/v2/acme/app/referrers/${digest}`);
        expect(await referrers.json()).toMatchObject({ manifests: [] });
        const deleted = await fetch(`${registry.url}/v2/acme/app/manifests/v1`, { method: 'DELETE' });
        expect(deleted.status).toBe(202);
        expect(await pullDigest(registry.url, 'acme/app', digest)).toBe(digest);
      });

      it('gives a token to a known user only', async () => {
        const registry = kept(await startOlareg({ backend, auth: 'token' }));
        const challenge = await fetch(`${registry.url}/v2/acme/app/tags/list`);
        expect(challenge.status).toBe(401);
        expect(challenge.headers.get('www-authenticate')).toContain(`realm="${registry.url}/token"`);
        const token = new URL(`${registry.url}/token?scope=repository:acme/app:pull`);
        token.searchParams.set('service', 'olareg registry');
        expect((await fetch(token)).status).toBe(200);
        expect((await fetch(token, { headers: { authorization: 'Basic d3JpdGVyOndyb25n' } })).status).toBe(403);
        expect((await fetch(token, { headers: basic('writer') })).status).toBe(200);
      });

      it('knows its users by Basic, limits the rate and can do without referrers', async () => {
        const registry = kept(await startOlareg({ backend, auth: 'basic', rateLimit: 5, referrers: false }));
        const path = `${registry.url}/v2/acme/app/referrers/sha256:${'0'.repeat(64)}`;
        expect((await fetch(path, { headers: basic('reader') })).status).toBe(405);
        const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(registry.url)).status));
        expect(statuses).toContain(429);
      });
    },
    backend,
  );

  describeWithPart(
    'redis',
    'redis',
    () => {
      it('keeps a value', async () => {
        const server = kept(await startRedis({ backend, password: 'canary' }));
        const redis = new Redis(server.url);
        await redis.set('key', 'value');
        expect(await redis.get('key')).toBe('value');
        redis.disconnect();
      });
    },
    backend,
  );

  describeWithPart(
    'postgres',
    'postgres',
    () => {
      it('answers in both its databases', async () => {
        const server = kept(await startPostgres({ backend }));
        for (const connectionString of [server.url, await server.createDatabase('second')]) {
          const client = new pg.Client({ connectionString });
          await client.connect();
          expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
          await client.end();
        }
      });
    },
    backend,
  );

  describeWithPart(
    'kafka',
    'kafka',
    () => {
      it('hands a record from producer to consumer', async () => {
        const broker = kept(await startKafka({ backend }));
        const kafka = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
        const admin = kafka.admin();
        await admin.connect();
        await admin.createTopics({ topics: [{ topic: 'pushes' }], waitForLeaders: true });
        await admin.disconnect();
        const consumer = kafka.consumer({ groupId: 'test' });
        const producer = kafka.producer();
        await Promise.all([consumer.connect(), producer.connect()]);
        await consumer.subscribe({ topic: 'pushes', fromBeginning: true });
        const received: string[] = [];
        await consumer.run({
          eachMessage: async ({ message }) => {
            received.push(message.value?.toString() ?? '');
          },
        });
        await producer.send({ topic: 'pushes', messages: [{ value: 'hello' }] });
        await vi.waitFor(() => expect(received).toEqual(['hello']), { timeout: 20_000 });
        await Promise.all([consumer.disconnect(), producer.disconnect()]);
      });
    },
    backend,
  );
});

describe('receivers in the test process', () => {
  const mail = { from: 'lazaret@acme.example', to: 'oncall@acme.example', subject: 'hello', text: 'world' };

  it('SMTP keeps a mail, asks for a password and refuses when told', async () => {
    const server = kept(await startSmtp({ auth: { username: 'user', password: 'pw' } }));
    const { host, port } = server;
    const tls = { rejectUnauthorized: false };
    const transport = createTransport({ host, port, tls, auth: { user: 'user', pass: 'pw' } });
    await transport.sendMail(mail);
    const [received] = await server.waitForMessages(1);
    expect(received).toMatchObject({ to: ['oncall@acme.example'], username: 'user', secure: true });
    expect(received?.parsed.subject).toBe('hello');
    server.setRefusal({ code: 451, text: '4.3.0 later' });
    await expect(transport.sendMail(mail)).rejects.toMatchObject({ responseCode: 451 });
    const stranger = createTransport({ host, port, tls, auth: { user: 'user', pass: 'wrong' } });
    await expect(stranger.sendMail(mail)).rejects.toMatchObject({ code: 'EAUTH' });
    expect(server.messages).toHaveLength(1);
  });

  it('SMTP refuses clear text when STARTTLS is required', async () => {
    const server = kept(await startSmtp({ startTls: 'required' }));
    const { host, port } = server;
    const plain = createTransport({ host, port, ignoreTLS: true });
    await expect(plain.sendMail(mail)).rejects.toMatchObject({ responseCode: 530 });
    await createTransport({ host, port, tls: { rejectUnauthorized: false } }).sendMail(mail);
    expect(server.messages).toHaveLength(1);
  });

  it('the Slack receiver answers by its script, then ok', async () => {
    const receiver = kept(await startSlackReceiver());
    receiver.script({ status: 429, headers: { 'retry-after': '1' }, body: 'rate_limited' }, { reset: true });
    const post = () => fetch(receiver.url, { method: 'POST', body: '{"text":"hi"}' });
    const limited = await post();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
    await expect(post()).rejects.toThrow();
    expect(await (await post()).text()).toBe('ok');
    expect(receiver.requests.map((request) => request.json)).toEqual(Array(3).fill({ text: 'hi' }));
  });
});

describeWithPart(
  'moto',
  'moto',
  () => {
    it('answers for ECR and SQS', async () => {
      const moto = kept(await startMoto());
      const call = async (service: string, target: string, body: object): Promise<unknown> => {
        const scope = `nobody/20261129/eu-central-1/${service}/aws4_request`;
        const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
        const headers = { 'x-amz-target': target, authorization, 'content-type': 'application/x-amz-json-1.1' };
        const answer = await fetch(moto.url, { method: 'POST', headers, body: JSON.stringify(body) });
        return answer.json();
      };
      const ecr = 'AmazonEC2ContainerRegistry_V20150921';
      const made = await call('ecr', `${ecr}.CreateRepository`, { repositoryName: 'acme/app' });
      expect(made).toMatchObject({ repository: { registryId: MOTO_ACCOUNT, repositoryName: 'acme/app' } });
      const queue = await call('sqs', 'AmazonSQS.CreateQueue', { QueueName: 'pushes' });
      expect(queue).toEqual({ QueueUrl: `${moto.url}/${MOTO_ACCOUNT}/pushes` });
    });
  },
  'native',
);
