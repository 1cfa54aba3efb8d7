import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import type { ProxyRules } from '../../../src/domain/proxy-rules.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { createJsonPoster } from '../../../src/notify/post-json.ts';
import type { RegistryOptions } from '../../../src/registry/registry-options.ts';
import { createTrustRoots } from '../../../src/trust/create-trust-roots.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { type ConnectProxy, startConnectProxy } from '../../support/connect-proxy.ts';
import { type Answer, type SeenRequest, sampleManifest, startHostileRegistry } from '../../support/hostile-registry.ts';
import { openRegistry } from '../../support/open-registry.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { makeTempDir } from '../../support/temp-dir.ts';
import { createTufRepository, startTufMirror } from '../../support/tuf-repository.ts';

const SAMPLE = sampleManifest();
const DIGEST = digestOf(Buffer.from(SAMPLE.text));
const USER = { kind: 'basic', username: 'robot', password: new Secret('canary-registry') } as const;
const HOST = 'registry.acme.test';
const TLS = makeCertificate([HOST, 'auth.acme.test', 'store.acme.test', 'hooks.slack.test']);

async function serve(answer: (request: SeenRequest) => Answer | undefined, tls?: typeof TLS) {
  const server = await startHostileRegistry(answer, tls);
  onTestFinished(() => server.stop());
  return server;
}

async function proxyTo(names: Readonly<Record<string, number>>, more: { user?: string; refuse?: number } = {}) {
  const proxy = await startConnectProxy({ names, ...more });
  onTestFinished(() => proxy.stop());
  return proxy;
}

/** The rules of a network whose only way out is this proxy. */
function by(proxy: Pick<ConnectProxy, 'host'>, user = '', except: readonly string[] = []): ProxyRules {
  const address = new Secret(`http://${user === '' ? '' : `${user}@`}${proxy.host}`);
  return { http: address, https: address, except };
}

/** Nothing has a name in this network. */
const resolve = async (hostname: string): Promise<never> => {
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
};

function read(proxy: ProxyRules, options: Partial<RegistryOptions> = {}, url = `https://${HOST}`) {
  const { reader } = openRegistry(url, { ca: TLS.cert, resolve, proxy, limits: { retries: 0 }, ...options });
  return reader.readManifest('acme/app', { digest: DIGEST });
}

const wantsBasic = ({ headers }: SeenRequest): Answer =>
  headers.authorization?.startsWith('Basic') === true
    ? SAMPLE.answer
    : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };

describe('a registry behind a proxy', () => {
  it('is reached through a tunnel, in which the proxy sees neither the path nor the credentials', async () => {
    const server = await serve(wantsBasic, TLS);
    const proxy = await proxyTo({ [HOST]: server.port });
    expect(await read(by(proxy), { credentials: USER })).not.toBeNull();
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${HOST}:443`]));
    expect(proxy.seen()).not.toMatch(/acme\/app|authorization|cm9ib3Q6/i);
  });

  it('is reached by a proxy that wants a password, which nobody else hears', async () => {
    const server = await serve(() => SAMPLE.answer, TLS);
    const proxy = await proxyTo({ [HOST]: server.port }, { user: 'us:p@ss' });
    expect(await read(by(proxy, 'us:p%40ss'))).not.toBeNull();
    expect(server.requests.every(({ headers }) => headers['proxy-authorization'] === undefined)).toBe(true);
  });

  it.each(['', 'us:canary-wrong'])('says that the proxy wants a password, or another (%j)', async (user) => {
    const proxy = await proxyTo({}, { user: 'us:right' });
    const fault = await read(by(proxy, user)).catch((error: unknown) => error);
    expect(fault).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      retryable: false,
      message: `the proxy ${proxy.host} wants credentials, or other ones (407)`,
      hint: expect.stringContaining('proxy.urlFile'),
    });
    expect(String(fault) + JSON.stringify(fault) + String((fault as Error).cause)).not.toContain('canary');
  });

  it.each([403, 503])('says that the proxy does not let us through (%i)', async (refuse) => {
    const proxy = await proxyTo({ [HOST]: 1 }, { refuse });
    await expect(read(by(proxy))).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      retryable: refuse === 503,
      message: `the proxy ${proxy.host} did not connect us to ${HOST} (${refuse})`,
      hint: expect.stringContaining('NO_PROXY'),
    });
  });

  it('names the proxy, not the registry, where it is the proxy that cannot be reached', async () => {
    const proxy = await startConnectProxy({ names: {} });
    await proxy.stop();
    await expect(read(by(proxy))).rejects.toMatchObject({
      message: `the proxy ${proxy.host} could not be reached (ECONNREFUSED)`,
    });
  });

  it('has its own certificate checked behind the tunnel', async () => {
    const server = await serve(() => SAMPLE.answer, makeCertificate([HOST]));
    const proxy = await proxyTo({ [HOST]: server.port });
    await expect(read(by(proxy))).rejects.toMatchObject({
      message: expect.stringContaining(`the connection to ${HOST} failed`),
      retryable: false,
    });
  });

  it('without TLS is asked for in the open, without credentials', async () => {
    const server = await serve(() => SAMPLE.answer);
    const proxy = await proxyTo({ [HOST]: server.port }, { user: 'us:right' });
    expect(await read(by(proxy, 'us:right'), {}, `http://${HOST}`)).not.toBeNull();
    expect(proxy.asked).toEqual([`GET http://${HOST}/v2/acme/app/manifests/${DIGEST}`]);
    expect(server.requests[0]?.headers).toMatchObject({ host: HOST });
    const wrong = read(by(proxy, 'us:wrong'), {}, `http://${HOST}`);
    await expect(wrong).rejects.toMatchObject({ message: expect.stringContaining('(407)') });
  });

  it('without TLS gets no credentials by a proxy, which would read them', async () => {
    const server = await serve(wantsBasic);
    const proxy = await proxyTo({ [HOST]: server.port });
    await expect(read(by(proxy), { credentials: USER }, `http://${HOST}`)).rejects.toMatchObject({
      message: `credentials for ${HOST} would go to the proxy ${proxy.host} in clear text`,
    });
    expect(proxy.seen()).not.toMatch(/"authorization"|cm9ib3Q6/i);
  });

  it('has its token service asked the same way', async () => {
    const auth = await serve(() => ({ body: JSON.stringify({ token: 'good' }) }), TLS);
    const server = await serve(
      ({ headers }) =>
        headers.authorization === 'Bearer good'
          ? SAMPLE.answer
          : { status: 401, headers: { 'www-authenticate': 'Bearer realm="https://auth.acme.test/token"' } },
      TLS,
    );
    const proxy = await proxyTo({ [HOST]: server.port, 'auth.acme.test': auth.port });
    expect(await read(by(proxy), { credentials: USER, realmHosts: ['auth.acme.test'] })).not.toBeNull();
    expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${HOST}:443`, 'CONNECT auth.acme.test:443']));
  });

  it('is reached directly where NO_PROXY names it', async () => {
    const server = await serve(() => SAMPLE.answer);
    const proxy = await proxyTo({});
    const direct = async () => [{ address: '127.0.0.1', family: 4 }];
    const rules = by(proxy, '', ['.acme.test']);
    expect(await read(rules, { resolve: direct }, `http://${HOST}:${server.port}`)).not.toBeNull();
    expect(proxy.asked).toEqual([]);
  });
});

describe('redirects of a registry behind a proxy', () => {
  const blob = { digest: digestOf(Buffer.from('content')), size: 7 };

  async function follow(location: string, options: Partial<RegistryOptions> = {}) {
    const store = await serve(() => ({ body: 'content' }), TLS);
    const server = await serve(() => ({ status: 307, headers: { location } }), TLS);
    const names = { 'store.acme.test': store.port, 'metadata.google.internal': store.port, intranet: store.port };
    const proxy = await proxyTo({ ...names, [HOST]: server.port });
    const { reader } = openRegistry(`https://${HOST}`, { ca: TLS.cert, resolve, proxy: by(proxy), ...options });
    const result = await reader.readBlob('acme/app', blob).then(
      (bytes) => Buffer.from(bytes ?? []).toString(),
      (error: unknown) => error,
    );
    return { result, asked: proxy.asked.filter((line) => !line.includes(HOST)) };
  }

  it('go to the store by the proxy', async () => {
    const { result, asked } = await follow('https://store.acme.test/blob');
    expect(result).toBe('content');
    expect(asked).toEqual(['CONNECT store.acme.test:443']);
  });

  it.each([
    '169.254.169.254',
    '10.0.0.1',
    '[::ffff:10.0.0.1]',
    '[fd00::1]',
    'metadata.google.internal',
    'intranet',
    'db.corp.internal',
    'printer.local',
  ])('B2: never ask the proxy for %s', async (host) => {
    const { result, asked } = await follow(`https://${host}/latest`);
    expect(result).toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
    expect(asked).toEqual([]);
  });

  it('B2: never ask the proxy for a name that leads to a private address, as far as it can be looked up', async () => {
    const inside = async () => [{ address: '10.0.0.1', family: 4 }];
    const outside = async () => [{ address: '8.8.8.8', family: 4 }];
    const lookUp = (hostname: string) => (hostname === 'store.acme.test' ? inside() : outside());
    const { result, asked } = await follow('https://store.acme.test/blob', { resolve: lookUp });
    expect(result).toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
    expect(asked).toEqual([]);
  });

  it('B2: ask the proxy for private names where the configuration says that they may, but never for metadata', async () => {
    expect((await follow('https://intranet/blob', { private: true })).asked).toEqual(['CONNECT intranet:443']);
    expect((await follow('https://metadata.google.internal/', { private: true })).asked).toEqual([]);
  });
});

describe('others that go out by a proxy', () => {
  /** Messages go to addresses of real certificates; ours counts for this test. */
  function trustOurs(): void {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, TLS.cert]);
    onTestFinished(() => setDefaultCACertificates(before));
  }

  it('Slack: the message arrives, and the proxy does not see the secret address', async () => {
    trustOurs();
    const server = await serve(() => ({ body: 'ok' }), TLS);
    const proxy = await proxyTo({ 'hooks.slack.test': server.port }, { user: 'us:right' });
    const url = new URL('https://hooks.slack.test/services/T0/B0/canary-address');
    const poster = createJsonPoster(() => url, { proxy: by(proxy, 'us:right') });
    onTestFinished(() => poster.close());
    expect(await poster.post({ text: 'hello' }, AbortSignal.timeout(10_000))).toMatchObject({ status: 200 });
    expect(server.requests.map(({ path, body }) => `${path} ${body}`)).toEqual([
      '/services/T0/B0/canary-address {"text":"hello"}',
    ]);
    expect(proxy.asked).toEqual(['CONNECT hooks.slack.test:443']);
    expect(proxy.seen()).not.toContain('canary');
  });

  it('Slack: a proxy that refuses is named, and the message waits', async () => {
    const proxy = await proxyTo({}, { user: 'us:right' });
    const poster = createJsonPoster(() => new URL('https://hooks.slack.test/services/x'), { proxy: by(proxy) });
    onTestFinished(() => poster.close());
    await expect(poster.post({}, AbortSignal.timeout(10_000))).rejects.toMatchObject({
      code: 'SINK_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('(407)'),
    });
  });

  async function openTuf(proxy: ProxyRules) {
    const dir = await makeTempDir('tuf-by-proxy');
    onTestFinished(() => dir.remove());
    const repository = createTufRepository();
    const document = createSigstoreWorld().trustedRoot;
    const mirror = await startTufMirror(repository.publish(document));
    onTestFinished(() => mirror.stop());
    const rootFile = join(dir.path, 'root.json');
    await writeFile(rootFile, repository.pinnedRoot);
    const origin = {
      kind: 'tuf' as const,
      url: new URL('http://tuf.acme.test'),
      rootFile,
      target: 'trusted_root.json',
    };
    const trust = [{ name: 'acme', origin, thresholds: { log: 1, sct: 1, time: 1 } }];
    const roots = await createTrustRoots({ trust, check: parseTrustRoot, proxy });
    return { roots, document, mirror };
  }

  it('TUF: the trust root is refreshed, and the server says what time it is', async () => {
    const names: Record<string, number> = {};
    const proxy = await proxyTo(names);
    const { roots, document, mirror } = await openTuf(by(proxy));
    names['tuf.acme.test'] = Number(mirror.url.port);
    await roots.refresh();
    expect(roots.concerns()).toEqual([]);
    expect(roots.current().roots.get('acme')?.document).toBe(document);
    expect(proxy.asked).toContain('HEAD http://tuf.acme.test/timestamp.json');
    expect(proxy.asked).toContain('GET http://tuf.acme.test/2.root.json');
  });

  it('TUF: a proxy that cannot be reached is named', async () => {
    const proxy = await startConnectProxy({ names: {} });
    await proxy.stop();
    const { roots } = await openTuf(by(proxy));
    await roots.refresh();
    expect(roots.concerns().join()).toContain(`the proxy ${proxy.host} could not be reached`);
  });
});
