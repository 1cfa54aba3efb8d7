import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openRecords } from '../../../src/compose/open-database.ts';
import { storableJson } from '../../../src/kit/storable-json.ts';
import { run } from '../../support/cli/run.ts';
import { startConnectProxy } from '../../support/connect-proxy.ts';
import { freePort } from '../../support/free-port.ts';
import { signIn } from '../../support/open-ecr.ts';
import { describeWithPart } from '../../support/parts.ts';
import { pushImage } from '../../support/push-image.ts';
import { pushToEcr } from '../../support/push-to-ecr.ts';
import { judgeDecision, subjectNamed, verdictOf } from '../../support/records/samples.ts';
import { startDistribution } from '../../support/servers/distribution.ts';
import { type Ecr, startEcr } from '../../support/servers/ecr.ts';
import { startKafka } from '../../support/servers/kafka.ts';
import { startOlareg } from '../../support/servers/olareg.ts';
import { startPostgres } from '../../support/servers/postgres.ts';
import { startRedis } from '../../support/servers/redis.ts';
import { SLACK_CANARY_PATH, startSlackReceiver } from '../../support/servers/slack-receiver.ts';
import { startSmtp } from '../../support/servers/smtp.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../../support/temp-dir.ts';

let dir: TempDir;
const stops: (() => Promise<void>)[] = [];

function kept<T extends { stop(): Promise<void> }>(server: T): T {
  stops.push(() => server.stop());
  return server;
}

beforeAll(async () => {
  dir = await makeTempDir('doctor');
  writeFileSync(join(dir.path, 'root.json'), createSigstoreWorld().trustedRoot);
  writeFileSync(join(dir.path, 'password'), 'canary-password\n');
});
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});
afterAll(() => dir.remove());

type Report = { name: string; status: string; message: string; advice: string | null };

/** Runs doctor on a configuration with these members besides those it must have. */
async function doctor(config: Record<string, unknown>) {
  const [registry] = (config['registries'] as { url: string }[] | undefined) ?? [{ url: 'http://127.0.0.1:1' }];
  const policy = {
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'all' },
    spec: {
      images: [`${new URL(registry?.url ?? '').host}/**`],
      require: [{ name: 'signed', signature: { signer: { issuer: 'https://i.example', subject: 'me' } } }],
    },
  };
  writeFileSync(join(dir.path, 'policy.yaml'), stringify(policy));
  const file = join(dir.path, 'lazaret.yaml');
  writeFileSync(
    file,
    // JSON is YAML too, and has no aliases for members that occur twice.
    JSON.stringify({
      registries: [{ id: 'test', url: 'http://127.0.0.1:1', plainHttp: true }],
      policies: ['policy.yaml'],
      trust: [{ name: 'sigstore', trustedRootFile: 'root.json' }],
      dataDir: 'data',
      http: { port: await freePort() },
      ...config,
    }),
  );
  const { code, out, err } = await run(['doctor', '--config', file, '--output', 'json']);
  if (out === '') throw new Error(`doctor printed no report: ${err}`);
  const checks: Report[] = JSON.parse(out).checks;
  const find = (name: string): Report | undefined => checks.find((check) => check.name === name);
  return { code, out, err, find };
}

describeWithPart('olareg', 'lazaret doctor, on a registry', () => {
  it('finds all well, and reminds of what the configuration lacks: exit 0', async () => {
    const registry = kept(await startOlareg());
    const entry = { id: 'test', url: registry.url, plainHttp: true, writeCredentials: 'none' };
    const { code, out } = await doctor({ registries: [entry] });
    expect(JSON.parse(out).checks.filter((check: Report) => check.status !== 'ok')).toEqual([
      {
        name: 'configuration',
        status: 'warn',
        message: expect.stringContaining('there are no `sources`; nobody is told of failures'),
        advice: expect.stringContaining('Add a Slack webhook or mail.'),
      },
    ]);
    expect(code).toBe(0);
  });

  it('tells reading from writing credentials, and never prints either', async () => {
    const registry = kept(await startOlareg({ auth: 'basic' }));
    writeFileSync(join(dir.path, 'reader'), 'reader-pw');
    const credentials = { username: 'reader', passwordFile: 'reader' };
    const writeCredentials = { username: 'tagger', passwordFile: 'password' };
    const entry = { id: 'test', url: registry.url, plainHttp: true, credentials, writeCredentials };
    const { code, out, err, find } = await doctor({ registries: [entry] });
    expect(code).toBe(3);
    expect(find('registry test')).toMatchObject({ status: 'ok' });
    expect(find('registry test, writing')).toMatchObject({ status: 'fail' });
    expect(find('registry test, writing')?.advice).not.toBeNull();
    expect(out + err).not.toContain('canary');
    expect(out + err).not.toContain('reader-pw');
  });
});

describeWithPart(
  ['moto', 'olareg'],
  'lazaret doctor, on a registry of ECR',
  () => {
    async function check(
      ecr: Ecr,
      answer: Parameters<Ecr['answer']>[0] = () => undefined,
      change: object = {},
    ): Promise<readonly (Report | undefined)[]> {
      signIn();
      ecr.answer(answer);
      const { region, registryId, url } = ecr;
      const place = { kind: 'ecr', url, plainHttp: true, endpoint: url, region, registryId };
      const entry = { id: 'prod', ...place, repositories: ['acme/**'], writeCredentials: 'aws', ...change };
      const { find, out, err } = await doctor({ registries: [entry] });
      expect(out + err).not.toContain('canary');
      return [find('registry prod'), find('registry prod, writing')];
    }

    it('says where, as whom, and which rights are missing; and changes nothing', async () => {
      const ecr = kept(await startEcr());
      expect(await check(ecr)).toMatchObject([{ status: 'warn', message: expect.stringMatching(/no repository/) }, {}]);
      const image = await pushToEcr(ecr, 'acme/app', 'v1');
      const where = `account ${ecr.registryId}, region eu-central-1, as an identity of account ${ecr.registryId}`;
      expect(await check(ecr)).toMatchObject([
        { status: 'ok', message: `${where}: may read and list, as tried in acme/app` },
        { status: 'ok', message: `${where}: may write and take off tags, as tried in acme/app` },
      ]);
      const { imageDetails } = await ecr.api('DescribeImages', { repositoryName: 'acme/app' });
      expect(imageDetails).toMatchObject([{ imageDigest: image.digest, imageTags: ['v1'] }]);

      const denied = new Set(['GetDownloadUrlForLayer', 'PutImage', 'BatchDeleteImage']);
      const deny = (action: string) =>
        denied.has(action) ? { status: 400, body: { __type: 'AccessDeniedException' } } : undefined;
      expect(await check(ecr, deny)).toMatchObject([
        {
          status: 'fail',
          message: `${where}: missing ecr:GetDownloadUrlForLayer`,
          advice: expect.stringMatching(/ecr\.md/),
        },
        { status: 'fail', message: `${where}: missing ecr:PutImage, ecr:BatchDeleteImage` },
      ]);
      const end = () => ({ status: 400, body: { __type: 'ExpiredTokenException' } });
      const [ended] = await check(ecr, end);
      expect(ended).toMatchObject({ status: 'fail', advice: expect.stringContaining('sign in again') });
      const [, unwritten] = await check(ecr, undefined, { writeCredentials: undefined });
      expect(unwritten).toMatchObject({ status: 'warn', advice: expect.stringContaining('roleArn') });
    });
  },
  'native',
);

describeWithPart(['registry', 'olareg'], 'lazaret doctor, on registries that are swept', () => {
  const sources = [{ kind: 'poll', id: 'sweep', registry: 'test' }];
  it('says of each registry what can be done in it, and what nobody knows yet is no "no"', async () => {
    const registry = kept(await startOlareg());
    const { find } = await doctor({
      registries: [{ id: 'test', url: registry.url, plainHttp: true, repositories: ['acme/app'] }],
    });
    expect(find('registry test, capabilities')).toEqual({
      name: 'registry test, capabilities',
      status: 'ok',
      message: expect.stringMatching(
        /^Any OCI registry: tag yes, untag untold, immutable untold, referrers yes, catalogue (no|untold), lock no, label no$/,
      ),
      advice: null,
    });
  });

  const inventoryOf = async (url: string, repositories: readonly string[]) => {
    const { find } = await doctor({ registries: [{ id: 'test', url, plainHttp: true, repositories }], sources });
    return find('registry test, inventory');
  };

  it('says how many repositories a registry tells, and by which way', async () => {
    const registry = kept(await startDistribution());
    await pushImage(registry.url, 'acme/app', 'v1');
    expect(await inventoryOf(registry.url, ['acme/**'])).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^1 repositories .*catalog$/),
    });
    expect(await inventoryOf(registry.url, ['acme/app', 'acme/unknown'])).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('no repository acme/unknown'),
    });
  });

  it('says that a registry tells nothing and what to do, or which part of it', async () => {
    const registry = kept(await startOlareg());
    await pushImage(registry.url, 'acme/app', 'v1');
    expect(await inventoryOf(registry.url, ['acme/**'])).toMatchObject({
      status: 'fail',
      advice: expect.stringContaining('without globs'),
    });
    expect(await inventoryOf(registry.url, ['acme/app', 'lab/**'])).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('lab/**'),
    });
    expect(await inventoryOf(registry.url, ['acme/app'])).toMatchObject({ status: 'ok' });
  });
});

describe('lazaret doctor', () => {
  it('says until when what Lazaret came with can be used', async () => {
    const { find } = await doctor({ trust: [{ name: 'sigstore', refresh: false }] });
    expect(find('trust root sigstore')).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^the one Lazaret came with is in use, until 20\d\d-\d\d-\d\d$/),
    });
    expect(find('trust root github')).toBeUndefined();
  });

  it('says that a registry does not answer, and what to do: exit 3', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, find } = await doctor({ registries: [{ id: 'test', url, plainHttp: true }] });
    expect(code).toBe(3);
    expect(find('registry test')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('ECONNREFUSED'),
      advice: expect.stringContaining('is the registry up'),
    });
  });

  it('reaches Slack without posting, and mail without sending', async () => {
    const slack = kept(await startSlackReceiver());
    const smtp = kept(await startSmtp({ auth: { username: 'lazaret', password: 'canary-password' } }));
    const server = { host: smtp.host, port: smtp.port, username: 'lazaret', passwordFile: 'password' };
    const mail = { kind: 'email', from: 'a@acme.example', to: ['b@acme.example'] };
    const { out, find } = await doctor({
      notify: [
        { kind: 'slack', id: 'security', url: `http://127.0.0.1:${slack.port}${SLACK_CANARY_PATH}` },
        { ...mail, id: 'oncall', smtp: server },
        { ...mail, id: 'gone', smtp: { host: '127.0.0.1', port: await freePort() } },
      ],
    });
    expect(find('sink security')).toMatchObject({ status: 'ok' });
    expect(slack.requests).toEqual([]);
    // The server's certificate is its own: a password is not sent to whoever answers.
    expect(find('sink oncall')).toMatchObject({ status: 'fail', message: expect.stringContaining('mail server') });
    expect(find('sink gone')).toMatchObject({ status: 'fail', message: expect.stringContaining('could not reach') });
    expect(smtp.messages).toEqual([]);
    expect(out).not.toMatch(/canary/i);
  });

  it('shows which way each goes, takes it, and names the proxy without its password', async () => {
    const proxy = kept(await startConnectProxy({ names: {}, user: 'us:right' }));
    const { out, find } = await doctor({
      registries: [
        { id: 'near', url: 'http://127.0.0.1:1', plainHttp: true },
        { id: 'far', url: 'https://registry.acme.test' },
        { id: 'kept', url: 'https://registry.corp.test' },
      ],
      proxy: { url: `http://us:canary-wrong@${proxy.host}`, except: ['corp.test'] },
      notify: [{ kind: 'slack', id: 'security', url: `https://hooks.slack.test${SLACK_CANARY_PATH}` }],
    });
    expect(find('way out')).toMatchObject({
      status: 'ok',
      message: `directly: registry near, registry kept; by the proxy ${proxy.host}: registry far, sink security (as \`proxy\` says)`,
    });
    for (const name of ['registry far', 'sink security']) {
      expect(find(name)).toMatchObject({ status: 'fail', message: expect.stringContaining(`the proxy ${proxy.host}`) });
    }
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT registry.acme.test:443', 'CONNECT hooks.slack.test:443']));
    expect(out).not.toMatch(/canary/i);
  });

  it('says that no proxy is used where none is named', async () => {
    const { find } = await doctor({});
    expect(find('way out')).toMatchObject({ status: 'ok', message: expect.stringContaining('no proxy') });
  });

  it('looks at nothing when the configuration is wrong: exit 2', async () => {
    const file = join(dir.path, 'broken.yaml');
    writeFileSync(file, 'registries: []\n');
    const { code, err } = await run(['doctor', '--config', file]);
    expect(code).toBe(2);
    expect(err).toContain('CONFIG_INVALID');
  });

  it('prints for people, a line a check and what to do below it', async () => {
    await doctor({});
    const { out } = await run(['doctor', '--config', join(dir.path, 'lazaret.yaml')]);
    expect(out).toMatch(/^warn configuration: .*lazaret\.yaml is in order, but probably not as it is meant: .+$/m);
    expect(out).toMatch(/^fail registry test: .*\n {5}\S/m);
    expect(out).toMatch(/of \d+ checks failed\.$/);
  });
});

describeWithPart('redis', 'lazaret doctor, on Redis', () => {
  it('finds it answering, and a wrong password wrong', async () => {
    const redis = kept(await startRedis({ password: 'right' }));
    const { find } = await doctor({ redis: { url: redis.url } });
    expect(find('queue')?.status).toMatch(/ok|warn/);
    const wrong = await doctor({ redis: { url: redis.url.replace('right', 'canary') } });
    expect(wrong.find('queue')).toMatchObject({ status: 'fail' });
    expect(wrong.out).not.toContain('canary');
  });
});

describeWithPart('postgres', 'lazaret doctor, on PostgreSQL', () => {
  it('finds an empty database ready, leaves it empty, and names a wrong password without printing it', async () => {
    const postgres = kept(await startPostgres());
    const { find } = await doctor({ postgres: { url: postgres.url } });
    expect(find('database')).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('will create its tables'),
    });
    expect(find('could not tell')).toMatchObject({ status: 'ok', message: 'nothing is on record yet' });
    const again = await doctor({ postgres: { url: postgres.url } });
    expect(again.find('database')?.message).toContain('will create its tables');
    const url = new URL(postgres.url);
    url.username = 'nobody';
    url.password = 'canary';
    const wrong = await doctor({ postgres: { url: url.href } });
    expect(wrong.find('database')).toMatchObject({ status: 'fail' });
    expect(wrong.out).not.toContain('canary');
  });
});

describeWithPart('postgres', 'lazaret doctor, beside a record', () => {
  it('says how many images could not be told, why, and which (P2)', async () => {
    const postgres = kept(await startPostgres());
    const logger = pino({ level: 'silent' });
    const records = await openRecords({ url: postgres.url }, logger);
    const subject = subjectNamed('held');
    try {
      const now = new Date('2026-11-24T08:00:00Z');
      const event = judgeDecision(subject);
      const context = { now, policyRevision: 'p', trustEpoch: 1 };
      const [receipt] = await records.inbox.accept(
        { sourceId: 'hook', registryId: subject.registryId },
        [event],
        context,
      );
      const start = await records.judgements.begin(receipt?.judge?.subjectId ?? '', { now });
      if (start === null) expect.fail('nothing to judge');
      await records.judgements.decide(start, {
        verdict: verdictOf('indeterminate'),
        findings: storableJson([]),
        policyRevision: 'p',
        trustEpoch: 1,
        now,
        final: false,
        nextCheckAt: now,
        untoldBy: 'REGISTRY_DENIED',
        effects: () => [],
        children: [],
      });
    } finally {
      await records.close();
    }
    const { find } = await doctor({ postgres: { url: postgres.url } });
    expect(find('could not tell')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(`^1 image could not be told \\(1 by REGISTRY_DENIED at .*${subject.digest}$`),
    });
  });
});

describeWithPart('kafka', 'lazaret doctor, on Kafka', () => {
  it('finds the topic, and says when there is none', async () => {
    const broker = kept(await startKafka());
    const admin = new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'pushes', numPartitions: 2 }], waitForLeaders: true });
    await admin.disconnect();
    const source = { kind: 'kafka', brokers: [...broker.brokers], dialect: 'distribution', registry: 'test' };
    const { find } = await doctor({
      sources: [
        { ...source, id: 'there', topic: 'pushes' },
        { ...source, id: 'missing', topic: 'nothing' },
      ],
    });
    expect(find('source there')).toMatchObject({ status: 'ok', message: expect.stringContaining('2 partitions') });
    expect(find('source missing')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('no topic nothing'),
    });
  });
});
