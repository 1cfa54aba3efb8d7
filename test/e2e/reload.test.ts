import { writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeCertificate, type TestCertificate } from '../support/certificate.ts';
import { run } from '../support/cli/run.ts';
import { freePort } from '../support/free-port.ts';
import { type LazaretDaemon, startLazaret } from '../support/lazaret-daemon.ts';
import { describeWithPart } from '../support/parts.ts';
import { pushImage } from '../support/push-image.ts';
import { type Olareg, startOlareg } from '../support/servers/olareg.ts';
import { startTokenIssuer, type TestIssuer } from '../support/servers/token-issuer.ts';
import { makeTempDir, type TempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

describeWithPart('olareg', 'reloading a running daemon', () => {
  let dir: TempDir;
  let registry: Olareg;
  let daemon: LazaretDaemon;
  let issuer: TestIssuer;
  let tlsPort: number;
  const before = makeCertificate();
  const client = makeCertificate(['ci.example'], { name: 'before' });
  const path = (name: string): string => join(dir.path, name);
  const configOf = (port: number, audience: readonly string[] = ['lazaret']) => ({
    dataDir: 'data',
    http: {
      host: '127.0.0.1',
      port,
      tls: { port: tlsPort, certFile: 'tls.crt', keyFile: 'tls.key', clientCaFile: 'ca.crt' },
    },
    registries: [{ id: 'prod', url: registry.url, plainHttp: true }],
    sources: [
      { kind: 'webhook', id: 'hook', dialect: 'lazaret', registry: 'prod', bearerFile: 'token' },
      {
        kind: 'webhook',
        id: 'mesh',
        dialect: 'lazaret',
        registry: 'prod',
        clientCertificate: { dnsName: 'ci.example' },
      },
      {
        kind: 'webhook',
        id: 'cloud',
        dialect: 'lazaret',
        registry: 'prod',
        oidc: { issuer: issuer.issuer, audience: [...audience], subject: 'push', caFile: 'issuer.crt' },
      },
    ],
    policies: ['policy.yaml'],
    trust: [{ name: 'sigstore', refresh: false }],
    quarantine: { mode: 'observe' },
    log: { format: 'json' },
  });

  beforeAll(async () => {
    dir = await makeTempDir('reload');
    registry = await startOlareg();
    issuer = await startTokenIssuer();
    const port = await freePort();
    tlsPort = await freePort();
    daemon = await startLazaret({
      dir: dir.path,
      config: configOf(port),
      port,
      files: {
        'policy.yaml': policy('denied'),
        token: 'the-token-before',
        'tls.crt': before.cert,
        'tls.key': before.key,
        'ca.crt': client.cert,
        'issuer.crt': issuer.ca,
      },
    });
  });
  afterAll(async () => {
    await daemon?.end('SIGTERM');
    await registry.stop();
    await issuer.stop();
    await dir.remove();
  });

  /** An image needs a signature of nobody, or nothing at all. */
  function policy(kind: 'denied' | 'free'): string {
    const images = kind === 'denied' ? ['**'] : ['nobody.example/**'];
    const signer = { issuer: 'https://issuer.example', subject: 'nobody' };
    const spec = { images, grace: '0s', require: [{ name: 'signed', signature: { signer } }] };
    return stringify({ apiVersion: 'lazaret.dev/v1', kind: 'ImagePolicy', metadata: { name: 'acme' }, spec });
  }

  const reload = (...args: readonly string[]) => run(['reload', ...args, '--config', path('lazaret.yaml')]);

  async function announce(token: string, digest: string, repository = 'acme/app'): Promise<number> {
    const event = { specversion: '1.0', type: 'dev.lazaret.image.pushed.v1', source: 'test', id: crypto.randomUUID() };
    const response = await fetch(`${daemon.url}/webhooks/hook`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify({ ...event, data: { repository, digest, tag: 'v1' } }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  async function outcomeOf(digest: string): Promise<string | undefined> {
    const { body } = await daemon.get('/api/v1/subjects');
    const { subjects } = body as { subjects: { digest: string; outcome: string | null }[] };
    return subjects.find((subject) => subject.digest === digest)?.outcome ?? undefined;
  }

  const metric = async (name: string): Promise<string | undefined> =>
    (await (await fetch(`${daemon.url}/metrics`)).text()).split('\n').find((line) => line.startsWith(name));

  it('takes a new token at once, and the old one no more', async () => {
    const { digest } = await pushImage(registry.url, 'acme/app', 'v1');
    expect(await announce('the-token-before', digest)).toBe(202);
    await writeFile(path('token'), 'the-token-after');
    const { code, out } = await reload();
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/^reloaded: policies [0-9a-f]{12}, keys and/),
    });
    expect(await announce('the-token-before', digest)).toBe(401);
    expect(await announce('the-token-after', digest)).toBe(202);
  });

  it('takes a new certificate and other authorities of clients at once, by SIGHUP', async () => {
    const [after, nextClient] = [makeCertificate(), makeCertificate(['ci.example'], { name: 'after' })];
    expect(await statusByTls(before, client)).toBe(400);
    await writeFile(path('tls.crt'), after.cert);
    await writeFile(path('tls.key'), after.key);
    await writeFile(path('ca.crt'), nextClient.cert);
    process.kill(daemon.pid, 'SIGHUP');
    await waitFor(async () => (await statusByTls(after, nextClient).catch(() => 0)) === 400, {
      what: 'the certificate',
    });
    expect(await statusByTls(after, client)).toBe(401);
    await expect(statusByTls(before, nextClient)).rejects.toThrow(/certificate|self.signed/i);
  });

  it('takes another audience of tokens at once, and the old one beside it', async () => {
    const statusFor = async (aud: string): Promise<number> => {
      const now = Math.floor(Date.now() / 1000);
      const token = await issuer.sign({ iss: issuer.issuer, aud, sub: 'push', iat: now, exp: now + 300 });
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`${daemon.url}/webhooks/cloud`, { method: 'POST', headers, body: 'no event' });
      await response.arrayBuffer();
      return response.status;
    };
    // To whom it knows it says that this is no event.
    expect([await statusFor('lazaret'), await statusFor('lazaret-2')]).toEqual([400, 401]);
    const port = Number(new URL(daemon.url).port);
    await writeFile(path('lazaret.yaml'), stringify(configOf(port, ['lazaret', 'lazaret-2'])));
    expect(await reload()).toMatchObject({ code: 0, err: '' });
    expect([await statusFor('lazaret'), await statusFor('lazaret-2')]).toEqual([400, 400]);
    await writeFile(path('lazaret.yaml'), stringify(configOf(port)));
    await reload();
  });

  /** What the receiver of certificates answers to a body that is no event: 400 to whom it knows. */
  function statusByTls(server: TestCertificate, { cert, key }: TestCertificate): Promise<number | undefined> {
    const headers = { 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', port: tlsPort, path: '/webhooks/mesh', method: 'POST', headers, agent: false };
    return new Promise((resolve, reject) => {
      const asking = request({ ...options, ca: server.cert, cert, key }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asking.on('error', reject);
      asking.end('no event');
    });
  }

  it('judges by new policies at once', async () => {
    const { digest } = await pushImage(registry.url, 'acme/app', 'v1');
    await announce('the-token-after', digest);
    await waitFor(async () => (await outcomeOf(digest)) === 'fail-missing', { what: 'the first verdict' });
    const before = daemon.logs().length;
    await writeFile(path('policy.yaml'), policy('free'));
    expect((await reload()).code).toBe(0);
    await waitFor(
      () =>
        daemon
          .logs()
          .slice(before)
          .some(({ code }) => code === 'NO_POLICY'),
      {
        what: 'a verdict by the new policies',
        timeoutMs: 30_000,
      },
    );
  });

  it('with --dry-run names the process that would be told, and tells it nothing', async () => {
    await writeFile(path('policy.yaml'), policy('denied'));
    expect((await reload()).code).toBe(0);
    const before = await metric('lazaret_reloads_total{result="done"}');
    expect(before).toBeDefined();
    await writeFile(path('policy.yaml'), policy('free'));
    await writeFile(path('token'), 'a-third-token');
    expect(await reload('--dry-run')).toEqual({
      code: 0,
      err: '',
      out: `The files have no fault; process ${daemon.pid} would be told to read them. Nothing was done.`,
    });
    expect(JSON.parse((await reload('--dry-run', '-o', 'json')).out)).toEqual({ dryRun: true, pid: daemon.pid });
    // What it judges next is judged by what was in force, and the new secret is not known.
    const { digest } = await pushImage(registry.url, 'acme/unread', 'v1');
    expect(await announce('a-third-token', digest, 'acme/unread')).toBe(401);
    expect(await announce('the-token-after', digest, 'acme/unread')).toBe(202);
    await waitFor(async () => (await outcomeOf(digest)) === 'fail-missing', { what: 'a verdict by the old policies' });
    expect(await metric('lazaret_reloads_total{result="done"}')).toBe(before);

    await writeFile(path('policy.yaml'), 'kind: [');
    expect(await reload('--dry-run')).toMatchObject({ code: 2, err: expect.stringContaining('policy.yaml') });
    expect(await metric('lazaret_configuration_in_force')).toBe('lazaret_configuration_in_force 1');
    await writeFile(path('token'), 'the-token-after');
  });

  it('leaves the old policies in force where a file has a fault: told by SIGHUP, in log and metric', async () => {
    await writeFile(path('policy.yaml'), 'kind: [');
    const { code, err } = await reload();
    expect(code).toBe(2);
    expect(err).toContain('policy.yaml');
    process.kill(daemon.pid, 'SIGHUP');
    await waitFor(async () => (await metric('lazaret_reloads_total{result="refused"}')) !== undefined, {
      what: 'the refused reload',
    });
    expect(await metric('lazaret_configuration_in_force')).toBe('lazaret_configuration_in_force 0');
    expect(daemon.output()).toContain('was not reloaded');
    await writeFile(path('policy.yaml'), policy('denied'));
    expect((await reload()).code).toBe(0);
    expect(await metric('lazaret_configuration_in_force')).toBe('lazaret_configuration_in_force 1');
  });

  it('says what takes effect with a restart alone', async () => {
    const text = stringify({ ...configOf(Number(new URL(daemon.url).port)), concurrency: 3 });
    await writeFile(path('lazaret.yaml'), text);
    const { code, err } = await reload();
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('with a restart: concurrency') });
  });
});

it('names a data folder on which no daemon runs', async () => {
  const dir = await makeTempDir('reload-none');
  try {
    const policy = stringify({
      apiVersion: 'lazaret.dev/v1',
      kind: 'ImagePolicy',
      metadata: { name: 'acme' },
      spec: {
        images: ['**'],
        require: [{ name: 'x', signature: { signer: { issuer: 'https://i.example', subject: 's' } } }],
      },
    });
    await writeFile(join(dir.path, 'policy.yaml'), policy);
    const config = { registries: [{ id: 'prod', url: 'https://registry.invalid' }], policies: ['policy.yaml'] };
    await writeFile(join(dir.path, 'lazaret.yaml'), stringify(config));
    const { code, err } = await run(['reload', '--config', join(dir.path, 'lazaret.yaml')]);
    expect(code).toBe(2);
    expect(err).toContain('no daemon runs on this data folder');
  } finally {
    await dir.remove();
  }
});
