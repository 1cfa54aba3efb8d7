import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Digest } from '../../src/domain/digest.ts';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { listTags, pullDigest } from '../support/oci-push.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushFallbackReferrer, pushImage } from '../support/push-image.ts';
import { type Gitea, startGitea } from '../support/servers/gitea.ts';
import { type SlackReceiver, startSlackReceiver } from '../support/servers/slack-receiver.ts';
import { createKeyPair, createSigstoreWorld } from '../support/sigstore-world.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET = 'canary-of-the-webhook';
// Gitea lists none but lower-case repositories, whatever its owner is called.
const REPOSITORY = 'acme/tools/app';

describeWithPart(
  ['gitea', 'postgres'],
  'the daemon before Gitea, told by its own signed webhooks',
  () => {
    const key = createKeyPair();
    const sigstore = createSigstoreWorld();
    let dir: TempDir;
    let gitea: Gitea;
    let slack: SlackReceiver;
    let daemon: LazaretDaemon;

    beforeAll(async () => {
      dir = await makeTempDir('gitea-daemon');
      gitea = await startGitea();
      slack = await startSlackReceiver();
      const port = await freePort();
      await gitea.announce('Acme', `http://127.0.0.1:${port}/webhooks/gitea`, SECRET);
      // What is shared would be written as an alias, which the configuration refuses.
      const credentials = () => ({ username: gitea.username, passwordFile: 'password' });
      const config = {
        dataDir: 'data',
        http: { host: '127.0.0.1', port },
        registries: [
          {
            id: 'prod',
            kind: 'gitea',
            url: gitea.url,
            plainHttp: true,
            credentials: credentials(),
            writeCredentials: credentials(),
          },
        ],
        sources: [{ kind: 'webhook', id: 'gitea', dialect: 'gitea', registry: 'prod', hmac: { secretFile: 'secret' } }],
        policies: ['policy.yaml'],
        trust: [{ name: 'sigstore', refresh: false }],
        quarantine: { mode: 'tag', breaker: { perHour: 1000, share: 1 } },
        notify: [{ kind: 'slack', id: 'people', urlFile: 'slack' }],
        sweepEvery: '1s',
        log: { format: 'json' },
      };
      const require = [{ name: 'signed', signature: { signer: { key: 'key.pub' } } }];
      const spec = { images: ['**'], grace: '2s', require };
      const policy = { apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'acme' }, spec };
      const secrets = { password: gitea.password, secret: SECRET, slack: slack.url };
      const files = { 'policy.yaml': stringify(policy), 'key.pub': key.pem, ...secrets };
      daemon = await startLazaret({ dir: dir.path, config, port, files });
    });
    afterAll(async () => {
      await daemon?.end('SIGTERM');
      await slack?.stop();
      await gitea?.stop();
      await dir?.remove();
    });

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
        { what: `${digest} to be ${outcome}, ${mark}`, timeoutMs: 60_000, context: () => daemon.output().slice(-5000) },
      );
    const messagesOf = (digest: Digest) => slack.requests.filter(({ body }) => body.includes(digest));
    const bundleFor = (digest: Digest) => sigstore.signImageBundle({ digest, identity: { kind: 'key', key } });

    it('marks the failing image, leaves the signed one alone, and takes the mark off the one that is signed late', async () => {
      const good = await pushImage(gitea, REPOSITORY, null, { content: 'good' });
      await pushFallbackReferrer(gitea, REPOSITORY, good, bundleFor(good.digest));
      await pushImage(gitea, REPOSITORY, 'good', { content: 'good' });
      const bad = await pushImage(gitea, REPOSITORY, 'Bad');
      const mark = `quarantined-${bad.digest.slice('sha256:'.length)}`;

      await comesOut(good.digest, 'pass', 'none');
      await comesOut(bad.digest, 'fail-missing', 'quarantined');
      expect(await pullDigest(gitea, REPOSITORY, mark)).toBe(bad.digest);
      await waitFor(() => messagesOf(bad.digest).length > 0, { what: 'its message', timeoutMs: 30_000 });
      expect([messagesOf(bad.digest).length, messagesOf(good.digest).length]).toEqual([1, 0]);

      await pushFallbackReferrer(gitea, REPOSITORY, bad, bundleFor(bad.digest));
      await comesOut(bad.digest, 'pass', 'released');
      const tags = await listTags(gitea, REPOSITORY);
      expect(tags.filter((tag) => tag.startsWith('quarantined-'))).toEqual([]);
      expect(await pullDigest(gitea, REPOSITORY, 'bad')).toBe(bad.digest);
    });

    it('takes no delivery of Gitea that another secret signed', async () => {
      await gitea.announce('Mallory', `${daemon.url}/webhooks/gitea`, 'another secret');
      const image = await pushImage(gitea, 'mallory/app', 'v1');
      const refused = 'lazaret_deliveries_total{source="gitea",result="unauthentic"}';
      await waitFor(async () => (await (await fetch(`${daemon.url}/metrics`)).text()).includes(`${refused} 1`), {
        what: 'the refused delivery',
        timeoutMs: 30_000,
      });
      expect(JSON.stringify((await daemon.get('/api/v1/subjects')).body)).not.toContain(image.digest);
    });
  },
  'native',
);
