import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../support/cli/run.ts';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { listTags } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushFallbackReferrer, pushImage } from '../support/push-image.ts';
import { type Distribution, startDistribution } from '../support/servers/distribution.ts';
import { type SlackReceiver, startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { createKeyPair, createSigstoreWorld } from '../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';

describeWithPart('registry', 'lazaret scan --config, by the running daemon', () => {
  let dir: TempDir;
  let registry: Distribution;
  let slack: SlackReceiver;
  let daemon: LazaretDaemon;
  const path = (name: string): string => join(dir.path, name);
  const scan = (...args: readonly string[]) =>
    run(['scan', ...args, '--config', path('lazaret.yaml'), '-o', 'json'], { env: { XDG_STATE_HOME: path('state') } });

  beforeAll(async () => {
    dir = await makeTempDir('scan-daemon');
    registry = await startDistribution();
    slack = await startSlackReceiver();
    const key = createKeyPair();
    await writeFile(path('key.pub'), key.pem);
    await writeFile(path('slack'), slack.url);
    const image = await pushImage(registry.url, 'acme/app', 'v1');
    const bundle = createSigstoreWorld().signImageBundle({ digest: image.digest, identity: { kind: 'key', key } });
    await pushFallbackReferrer(registry.url, 'acme/app', image, bundle);
    await pushImage(registry.url, 'acme/app', 'v2');
    await pushImage(registry.url, 'other/tool', 'v1');
    const port = await freePort();
    const spec = {
      images: [`${registry.host}/**`],
      grace: '0s',
      require: [{ name: 'signed', signature: { signer: { key: 'key.pub' } } }],
    };
    const config = {
      dataDir: 'data',
      http: { host: '127.0.0.1', port },
      registries: [
        { id: 'prod', url: registry.url, plainHttp: true, repositories: ['acme/**'], writeCredentials: 'none' },
      ],
      policies: ['policy.yaml'],
      notify: [{ kind: 'slack', id: 'people', urlFile: 'slack' }],
      log: { format: 'json' },
    };
    const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'acme' }, spec };
    daemon = await startLazaret({ dir: dir.path, config, port, files: { 'policy.yaml': stringify(policy) } });
  });
  afterAll(async () => {
    await daemon?.end('SIGTERM');
    await slack?.stop();
    await registry?.stop();
    await dir.remove();
  });

  it('with --dry-run says what would be put on record, and puts nothing there', async () => {
    const { code, out, err } = await scan('prod', '--dry-run');
    expect({ code, err }).toEqual({ code: 3, err: '' });
    const told = JSON.parse(out);
    expect(told).toMatchObject({ outcomes: {}, notCovered: 0, whole: true });
    const why = 'It is not judged yet. Without --dry-run it is put on record, and the daemon judges it.';
    const notJudged = { where: expect.stringContaining('/acme/app@sha256:'), code: 'NOT_JUDGED', reason: why };
    // Two images, and a tag of evidence, which only a look tells from one.
    expect(told.notTold).toEqual([notJudged, notJudged, notJudged]);
    // It would not be put on record either.
    const other = JSON.parse((await scan(`${registry.host}/other/tool`, '--dry-run')).out);
    expect(other).toMatchObject({ outcomes: {}, notCovered: 1, notTold: [] });
    expect((await daemon.get('/api/v1/subjects')).body).toMatchObject({ subjects: [] });
  });

  it('judges what lies there, which is then on record, without a mark or a message', async () => {
    const { code, out, err } = await scan('prod');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(JSON.parse(out)).toMatchObject({ outcomes: { pass: 1, 'fail-missing': 1 }, notTold: [], whole: true });
    const { body } = await daemon.get('/api/v1/subjects?outcome=fail-missing');
    expect((body as { subjects: unknown[] }).subjects).toHaveLength(1);
    expect((await listTags(registry.url, 'acme/app')).filter((tag) => tag.startsWith('quarantined-'))).toEqual([]);
    expect(slack.requests).toEqual([]);
  });

  it('with --dry-run tells what the daemon has judged, and asks it for nothing new', async () => {
    const before = await daemon.get('/api/v1/subjects');
    await pushImage(registry.url, 'acme/app', 'v3');
    const { code, out } = await scan('prod', '--dry-run');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      outcomes: { pass: 1, 'fail-missing': 1 },
      notTold: [{ code: 'NOT_JUDGED' }],
    });
    expect(await daemon.get('/api/v1/subjects')).toEqual(before);
  });

  it('tells what the daemon has judged already from its record, and what it does not look after', async () => {
    const again = JSON.parse((await scan(`${registry.host}/acme/app:v1`)).out);
    expect(again).toMatchObject({ outcomes: { pass: 1 } });
    const other = await scan(`${registry.host}/other/tool`);
    expect(JSON.parse(other.out)).toMatchObject({ outcomes: {}, notCovered: 1 });
  });

  it('refuses a host that the daemon does not know', async () => {
    const { code, err } = await scan('other.example.com');
    expect(code).toBe(2);
    expect(err).toContain('Judge it here with --policy');
  });
});
