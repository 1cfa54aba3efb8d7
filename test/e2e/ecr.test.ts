import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Digest } from '../../src/domain/digest.ts';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { listTags, type Pushed } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushReferrer } from '../support/push-image.ts';
import { pushToEcr } from '../support/push-to-ecr.ts';
import { type Ecr, startEcr } from '../support/servers/ecr.ts';
import { type SlackReceiver, startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { createKeyPair, createSigstoreWorld } from '../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

describeWithPart(['moto', 'olareg'], 'the daemon before Amazon ECR, told by EventBridge through SQS', () => {
  const key = createKeyPair();
  const sigstore = createSigstoreWorld();
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'canary-secret-key' };
  let dir: TempDir;
  let ecr: Ecr;
  let slack: SlackReceiver;
  let sqs: SQSClient;
  let queueUrl: string;
  let daemon: LazaretDaemon;
  let unannounced: Pushed;

  beforeAll(async () => {
    dir = await makeTempDir('ecr');
    ecr = await startEcr();
    slack = await startSlackReceiver();
    sqs = new SQSClient({ region: ecr.region, endpoint: ecr.url, credentials });
    await sqs.send(new CreateQueueCommand({ QueueName: 'ecr-events' }));
    queueUrl = `${ecr.url}/${ecr.registryId}/ecr-events`;
    unannounced = await pushToEcr(ecr, 'acme/app', 'old');
    const port = await freePort();
    const { region, registryId, url: endpoint } = ecr;
    const aws = { kind: 'ecr', url: endpoint, plainHttp: true, endpoint, region, registryId };
    const config = {
      dataDir: 'data',
      http: { host: '127.0.0.1', port },
      registries: [{ id: 'prod', ...aws, writeCredentials: 'aws' }],
      sources: [
        { kind: 'sqs', id: 'queue', registry: 'prod', queueUrl, region, endpoint },
        { kind: 'poll', id: 'sweep', registry: 'prod', every: '1h' },
      ],
      policies: ['policy.yaml'],
      trust: [{ name: 'sigstore', refresh: false }],
      quarantine: { breaker: { perHour: 1000, share: 1 } },
      notify: [{ kind: 'slack', id: 'people', urlFile: 'slack' }],
      sweepEvery: '1s',
      log: { format: 'json' },
    };
    const spec = {
      images: ['**'],
      grace: '0s',
      require: [{ name: 'signed', signature: { signer: { key: 'key.pub' } } }],
    };
    const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'acme' }, spec };
    daemon = await startLazaret({
      dir: dir.path,
      config,
      port,
      files: { 'policy.yaml': stringify(policy), 'key.pub': key.pem, slack: slack.url },
      env: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    });
  });
  afterAll(async () => {
    await daemon?.end('SIGTERM');
    sqs?.destroy();
    await slack?.stop();
    await ecr?.stop();
    await dir?.remove();
  });

  const send = (MessageBody: string) => sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));

  /** Puts into the queue what EventBridge delivers of a push. */
  function announce(digest: Digest, tag: string): Promise<unknown> {
    const detail = {
      result: 'SUCCESS',
      'repository-name': 'acme/app',
      'image-digest': digest,
      'action-type': 'PUSH',
      'artifact-media-type': 'application/vnd.oci.image.config.v1+json',
      'image-tag': tag,
      'manifest-media-type': 'application/vnd.oci.image.manifest.v1+json',
    };
    const { region, registryId: account } = ecr;
    const about = { 'detail-type': 'ECR Image Action', source: 'aws.ecr', account, region, resources: [], detail };
    return send(JSON.stringify({ version: '0', id: crypto.randomUUID(), time: new Date().toISOString(), ...about }));
  }

  /** Messages in the queue, those that somebody holds among them. */
  async function inQueue(): Promise<number> {
    const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } =
      (await sqs.send(asked)).Attributes ?? {};
    return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
  }

  interface Seen {
    readonly digest: string;
    readonly outcome: string | null;
    readonly mark: string;
  }
  const comesOut = (digest: Digest, outcome: string, mark: string) =>
    waitFor(
      async () => {
        const { subjects } = (await daemon.get('/api/v1/subjects')).body as { subjects: readonly Seen[] };
        return subjects.some((seen) => seen.digest === digest && seen.outcome === outcome && seen.mark === mark);
      },
      {
        what: `${digest} to be ${outcome}, ${mark}`,
        timeoutMs: 60_000,
        context: () => daemon.output().slice(-5000),
      },
    );
  const tagsLike = async (digest: Digest) =>
    (await listTags(ecr.content, 'acme/app')).filter((tag) => tag === `quarantined-${digest.slice(7)}`);
  const messagesOf = (text: string) => slack.requests.filter(({ body }) => body.includes(text));
  const metric = async (start: string) =>
    (await (await fetch(`${daemon.url}/metrics`)).text()).split('\n').find((line) => line.startsWith(start));

  it('finds by its first sweep what nobody announced: a verdict, and no mark, as it was there before', async () => {
    await comesOut(unannounced.digest, 'fail-missing', 'none');
    expect(await tagsLike(unannounced.digest)).toEqual([]);
    expect(ecr.asked).not.toContain('PutImage');
  });

  it('judges what is announced, and tags the failing one alone by PutImage, with one message', async () => {
    const signed = await pushToEcr(ecr, 'acme/app', 'signed');
    const bundle = sigstore.signImageBundle({ digest: signed.digest, identity: { kind: 'key', key } });
    await pushReferrer(ecr.content, 'acme/app', signed, bundle);
    const unsigned = await pushToEcr(ecr, 'acme/app', 'unsigned');
    await announce(signed.digest, 'signed');
    await announce(unsigned.digest, 'unsigned');

    await comesOut(signed.digest, 'pass', 'none');
    await comesOut(unsigned.digest, 'fail-missing', 'quarantined');
    await waitFor(() => messagesOf(unsigned.digest).length > 0, { what: 'its message', timeoutMs: 30_000 });
    await waitFor(async () => (await inQueue()) === 0, { what: 'an empty queue', timeoutMs: 30_000 });
    expect(messagesOf(unsigned.digest)).toHaveLength(1);
    expect(messagesOf(signed.digest)).toEqual([]);
    expect(await tagsLike(unsigned.digest)).toHaveLength(1);
    expect(await tagsLike(signed.digest)).toEqual([]);
    expect(ecr.asked.filter((action) => action === 'PutImage')).toHaveLength(1);
    expect(daemon.output()).not.toContain(credentials.secretAccessKey);
  });

  it('parks a message it cannot read, and leaves it alone to the queue', async () => {
    await send('{ "source": "aws.ecr"');
    await announce(unannounced.digest, 'old');
    const parked = 'lazaret_deliveries_total{source="queue",result="malformed"}';
    await waitFor(async () => (await metric(parked)) === `${parked} 1`, {
      what: 'the parked message',
      context: () => daemon.output().slice(-3000),
    });
    await waitFor(async () => (await inQueue()) === 1, { what: 'the bad message alone to be left' });
    expect(await metric(parked)).toBe(`${parked} 1`);
  });
});
