import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Digest } from '../../src/domain/digest.ts';
import { run } from '../support/cli/run.ts';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { listTags, type Pushed } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushImage } from '../support/push-image.ts';
import { type Distribution, startDistribution } from '../support/servers/distribution.ts';
import { type SlackReceiver, startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

/** A sweep begins at most once a minute. */
const NEXT_SWEEP_MS = 120_000;

describeWithPart('registry', 'a registry that announces nothing', () => {
  let dir: TempDir;
  let registry: Distribution;
  let slack: SlackReceiver;
  let daemon: LazaretDaemon;
  let old: Pushed;

  beforeAll(async () => {
    dir = await makeTempDir('sweep');
    registry = await startDistribution();
    slack = await startSlackReceiver();
    old = await pushImage(registry.url, 'acme/app', 'old');
    const port = await freePort();
    const config = {
      dataDir: 'data',
      http: { host: '127.0.0.1', port },
      registries: [{ id: 'prod', url: registry.url, plainHttp: true, writeCredentials: 'none' }],
      sources: [{ kind: 'poll', id: 'sweep', registry: 'prod', every: '1m' }],
      policies: ['policy.yaml'],
      trust: [{ name: 'sigstore', refresh: false }],
      quarantine: { breaker: { perHour: 1000, share: 1 } },
      notify: [{ kind: 'slack', id: 'security', urlFile: 'slack' }],
      sweepEvery: '1s',
      log: { format: 'json' },
    };
    const signer = { issuer: 'https://issuer.example', subject: 'nobody' };
    const spec = { images: ['**'], grace: '0s', require: [{ name: 'signed', signature: { signer } }] };
    const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'acme' }, spec };
    daemon = await startLazaret({
      dir: dir.path,
      config,
      port,
      files: { 'policy.yaml': stringify(policy), slack: slack.url },
    });
  });
  afterAll(async () => {
    await daemon?.end('SIGTERM');
    await slack?.stop();
    await registry?.stop();
    await dir?.remove();
  });

  interface Seen {
    readonly digest: string;
    readonly outcome: string | null;
    readonly final: boolean;
    readonly mark: string;
  }
  async function seen(digest: Digest): Promise<Seen | undefined> {
    const { body } = await daemon.get('/api/v1/subjects');
    return (body as { subjects: readonly Seen[] }).subjects.find((subject) => subject.digest === digest);
  }
  const judged = (digest: Digest, mark: string) =>
    waitFor(
      async () => {
        const subject = await seen(digest);
        return subject?.outcome === 'fail-missing' && subject.mark === mark ? subject : undefined;
      },
      { what: `${digest} to be judged`, timeoutMs: NEXT_SWEEP_MS, context: () => daemon.output().slice(-5000) },
    );
  const messagesOf = (text: string) => slack.requests.filter(({ body }) => body.includes(text));
  const marks = async (digest: Digest) =>
    (await listTags(registry.url, 'acme/app')).filter((tag) => tag === `quarantined-${digest.slice(7)}`);

  it('has its verdicts on record, and one summary, for what was there before', async () => {
    await judged(old.digest, 'none');
    await waitFor(() => messagesOf('there before Lazaret looked').length > 0, {
      what: 'the summary',
      timeoutMs: 60_000,
    });
    const [summary, ...more] = slack.requests;
    expect(more).toEqual([]);
    expect(summary?.body).toContain('1 image was there before Lazaret looked: 0 pass, 1 fail (1 SIGNATURE_MISSING).');
    expect(await marks(old.digest)).toEqual([]);
  });

  it('has what was pushed without a word found: one verdict, one tag and one message; and a tag that moved', async () => {
    const [lost, moved] = [
      await pushImage(registry.url, 'acme/app', 'lost'),
      await pushImage(registry.url, 'acme/app', 'old'),
    ];
    for (const { digest } of [lost, moved]) {
      await judged(digest, 'quarantined');
      await waitFor(() => messagesOf(digest).length > 0, { what: 'its message', timeoutMs: 60_000 });
      expect(messagesOf(digest)).toHaveLength(1);
      expect(await marks(digest)).toHaveLength(1);
    }
    expect(await marks(old.digest)).toEqual([]);
  });

  it('has what was there before acted on when a person asks for it', async () => {
    const args = [
      'quarantine',
      'apply',
      '--failing',
      '--repository',
      '**/acme/*',
      '--config',
      `${dir.path}/lazaret.yaml`,
    ];
    const dry = await run([...args, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining(`acme/app@${old.digest} (SIGNATURE_MISSING)`) });
    expect(await seen(old.digest)).toMatchObject({ mark: 'none' });
    expect(await run(args)).toMatchObject({ code: 0 });
    await judged(old.digest, 'quarantined');
    expect(await marks(old.digest)).toHaveLength(1);
  });
});
