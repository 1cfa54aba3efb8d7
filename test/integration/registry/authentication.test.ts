import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { Secret } from '../../../src/kit/secret.ts';
import {
  type Answer,
  type HostileRegistry,
  refusal,
  type SeenRequest,
  sampleManifest,
  startHostileRegistry,
} from '../../support/hostile-registry.ts';
import { openRegistry } from '../../support/open-registry.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const SAMPLE = sampleManifest();
const DIGEST = digestOf(Buffer.from(SAMPLE.text));
const USER = { kind: 'basic', username: 'robot', password: new Secret('canary-password') } as const;
const BASIC = `Basic ${Buffer.from('robot:canary-password').toString('base64')}`;

async function serve(answer: (request: SeenRequest) => Answer | undefined): Promise<HostileRegistry> {
  const server = await startHostileRegistry(answer);
  onTestFinished(() => server.stop());
  return server;
}

/** A registry that wants a token of `realm`, and takes those that begin with "good". */
function wantsToken(realm: () => string, token: (request: SeenRequest) => Answer): (request: SeenRequest) => Answer {
  return (request) => {
    if (request.path.startsWith('/token')) return token(request);
    if (request.headers.authorization?.startsWith('Bearer good')) return SAMPLE.answer;
    const challenge = `Bearer realm="${realm()}",service="a registry",scope="repository:victim/secret:pull,push,delete"`;
    return { status: 401, headers: { 'www-authenticate': challenge } };
  };
}

const json = (value: object): Answer => ({ body: JSON.stringify(value) });
const tokenPaths = (server: HostileRegistry) =>
  server.requests.filter(({ path }) => path.startsWith('/token')).map(({ path }) => decodeURIComponent(path));

describe('token services', () => {
  it('changes credentials into a token for our scope, never for the one of the challenge', async () => {
    const server = await serve(
      wantsToken(
        () => '/token',
        () => json({ token: 'good' }),
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    expect(await reader.readManifest('acme/app', { digest: DIGEST })).not.toBeNull();
    expect(tokenPaths(server)).toEqual(['/token?service=a+registry&scope=repository:acme/app:pull']);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, BASIC, 'Bearer good']);
  });

  it('asks for an anonymous token without credentials', async () => {
    const server = await serve(
      wantsToken(
        () => '/token',
        () => json({ access_token: 'good' }),
      ),
    );
    const { reader } = openRegistry(server.url);
    expect(await reader.readManifest('acme/app', { digest: DIGEST })).not.toBeNull();
    expect(server.requests.every(({ headers }) => !headers.authorization?.startsWith('Basic'))).toBe(true);
  });

  it.each<[string, (evil: HostileRegistry) => string]>([
    ['another port', (evil) => `${evil.url}token`],
    ['another name', (evil) => `http://localhost:${evil.port}/token`],
    ['a user in the URL', (evil) => `http://127.0.0.1@${evil.host}/token`],
    ['a URL without scheme', (evil) => `//${evil.host}/token`],
    ['another spelling of loopback', (evil) => `http://2130706433:${evil.port}/token`],
  ])('B1: sends no credentials to a realm on %s', async (_name, realm) => {
    const evil = await serve(() => json({ token: 'good' }));
    const server = await serve(
      wantsToken(
        () => realm(evil),
        () => json({}),
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    await expect(reader.readManifest('acme/app', { digest: DIGEST })).rejects.toMatchObject({
      code: 'REGISTRY_REALM_REFUSED',
      hint: expect.stringContaining('realmHosts'),
    });
    expect(evil.connections).toBe(0);
    expect(server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('B1: follows no redirect of a token service, to nobody', async () => {
    const evil = await serve(() => json({ token: 'good' }));
    const moved = { status: 307, headers: { location: `${evil.url}token` } };
    const server = await serve(
      wantsToken(
        () => '/token',
        () => moved,
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    await expect(reader.readManifest('acme/app', { digest: DIGEST })).rejects.toMatchObject({
      code: 'REGISTRY_REALM_REFUSED',
    });
    expect(evil.connections).toBe(0);
  });

  it('B1: sends credentials to a token service that is configured', async () => {
    const service = await serve(({ headers }) => json({ token: headers.authorization === BASIC ? 'good' : 'bad' }));
    const server = await serve(
      wantsToken(
        () => `${service.url}token`,
        () => json({}),
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER, realmHosts: [service.host] });
    expect(await reader.readManifest('acme/app', { digest: DIGEST })).not.toBeNull();
  });

  it('B1: never answers Basic to a host a redirect led to', async () => {
    const evil = await serve(() => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="me too"' } }));
    const server = await serve(() => ({ status: 307, headers: { location: evil.url.href } }));
    const { reader } = openRegistry(server.url, { credentials: USER });
    await expect(reader.readBlob('acme/app', { digest: DIGEST, size: 9 })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    expect(evil.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('fetches one token for many requests at the same time, and none for later ones', async () => {
    const server = await serve(
      wantsToken(
        () => '/token',
        () => json({ token: 'good', expires_in: 300_000_000_000 }),
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    await Promise.all(Array.from({ length: 10 }, () => reader.readManifest('acme/app', { digest: DIGEST })));
    await reader.readManifest('acme/app', { digest: DIGEST });
    expect(tokenPaths(server)).toHaveLength(1);
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer good');
  });

  it('fetches a token for another repository without being refused first', async () => {
    const server = await serve(
      wantsToken(
        () => '/token',
        () => json({ token: 'good' }),
      ),
    );
    const { reader } = openRegistry(server.url);
    await reader.readManifest('acme/one', { digest: DIGEST });
    const before = server.requests.length;
    await reader.readManifest('acme/two', { digest: DIGEST });
    expect(server.requests.slice(before).map(({ path }) => path.split(/[?/]/)[1])).toEqual(['token', 'v2']);
  });

  it('replaces a token that is refused before its time', async () => {
    let valid = 'good-1';
    const server = await serve((request) => {
      if (request.path.startsWith('/token')) return json({ token: valid, expires_in: 3_600 });
      if (request.headers.authorization === `Bearer ${valid}`) return SAMPLE.answer;
      return { status: 401, headers: { 'www-authenticate': 'Bearer realm="/token"' } };
    });
    const { reader } = openRegistry(server.url);
    await reader.readManifest('acme/app', { digest: DIGEST });
    valid = 'good-2';
    expect(await reader.readManifest('acme/app', { digest: DIGEST })).not.toBeNull();
  });

  it('asks once more after a 401, and once with what the challenge names, never in a circle', async () => {
    let issued = 0;
    const server = await serve(
      wantsToken(
        () => '/token',
        () => json({ token: `useless-${issued++}` }),
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    await expect(reader.readManifest('acme/app', { digest: DIGEST })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    expect(server.requests).toHaveLength(5);
  });

  /** Knows its repositories by longer names than its clients do, as registries behind a proxy do. */
  const renames = (scope: string, isGood: (token: string) => boolean) => (request: SeenRequest) => {
    if (request.path.startsWith('/token')) {
      return json({ token: new URLSearchParams(request.path.split('?')[1]).get('scope') ?? 'none' });
    }
    if (isGood(request.headers.authorization ?? '')) return SAMPLE.answer;
    return { status: 401, headers: { 'www-authenticate': `Bearer realm="/token",service="r",scope="${scope}"` } };
  };

  it('asks for the right to pull that the challenge names once ours was refused, and from then on at once', async () => {
    const server = await serve(
      renames('repository:hidden/acme/app:pull,push', (shown) => shown === 'Bearer repository:hidden/acme/app:pull'),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    expect(await reader.readManifest('acme/app', { digest: DIGEST })).not.toBeNull();
    expect(tokenPaths(server)).toEqual([
      '/token?service=r&scope=repository:acme/app:pull',
      '/token?service=r&scope=repository:hidden/acme/app:pull',
    ]);
    const before = server.requests.length;
    await reader.readManifest('acme/app', { digest: DIGEST });
    expect(server.requests).toHaveLength(before + 1);
  });

  it('asks for it also where the token service refuses ours', async () => {
    const server = await serve((request) => {
      const isOurs = request.path.startsWith('/token') && decodeURIComponent(request.path).includes(':acme/app:');
      return isOurs ? { status: 403 } : renames('repository:hidden/acme/app:pull', (shown) => shown !== '')(request);
    });
    const { reader } = openRegistry(server.url, { credentials: USER });
    expect(await reader.readManifest('acme/app', { digest: DIGEST })).not.toBeNull();
  });

  it('says which scope was asked for and which the registry names where both are refused', async () => {
    const server = await serve(renames('repository:hidden/acme/app:pull', () => false));
    const { reader } = openRegistry(server.url, { credentials: USER });
    await expect(reader.readManifest('acme/app', { digest: DIGEST })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringMatching(/repository:acme\/app:pull.*repository:hidden\/acme\/app:pull/),
    });
  });

  it('B1: asks for no right to write that a challenge names', async () => {
    const server = await serve(renames('repository:hidden/acme/app:pull,push,delete', () => false));
    const { writer } = openRegistry(server.url, { writeCredentials: USER });
    const manifest = { bytes: Buffer.from(SAMPLE.text), mediaType: 'x/y', digest: DIGEST };
    await expect(writer?.putTag('acme/app', 'quarantined-1', manifest)).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    expect(tokenPaths(server).filter((path) => path.includes('hidden'))).toEqual([]);
  });

  it.each([
    '*',
    'registry:catalog:*',
    'repository:a:push',
    'repository:a:pull repository:b:pull',
    'repository:A b:pull',
  ])('asks for nothing that is no single right to pull: %s', async (scope) => {
    const server = await serve(renames(scope, () => false));
    const { reader } = openRegistry(server.url, { credentials: USER });
    await expect(reader.readManifest('acme/app', { digest: DIGEST })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    expect(new Set(tokenPaths(server))).toEqual(new Set(['/token?service=r&scope=repository:acme/app:pull']));
  });

  it('keeps the tokens of two teams of one registry apart, for reading and for writing', async () => {
    const temp = await makeTempDir('two-teams');
    onTestFinished(() => temp.remove());
    const path = join(temp.path, 'config.json');
    const server = await serve((request) => {
      const shown = request.headers.authorization ?? '';
      const [, user] = /^robot-(\w):/.exec(Buffer.from(shown.replace('Basic ', ''), 'base64').toString()) ?? [];
      if (request.path.startsWith('/token')) return json({ token: `for-${user}` });
      const team = /^\/v2\/team-(\w)\//.exec(request.path)?.[1] ?? '';
      if (shown === `Bearer for-${team}`) return request.method === 'PUT' ? { status: 201 } : SAMPLE.answer;
      return { status: 401, headers: { 'www-authenticate': 'Bearer realm="/token"' } };
    });
    const auth = (user: string) => ({ auth: Buffer.from(`${user}:pw`).toString('base64') });
    const auths = { [`${server.host}/team-a`]: auth('robot-a'), [`${server.host}/team-b`]: auth('robot-b') };
    await writeFile(path, JSON.stringify({ auths }));
    const credentials = { kind: 'docker-config', path } as const;
    const { reader, writer } = openRegistry(server.url, { credentials, writeCredentials: credentials });
    const manifest = { bytes: Buffer.from(SAMPLE.text), mediaType: 'x/y', digest: DIGEST };
    for (const repository of ['team-a/app', 'team-b/app', 'team-a/app', 'team-b/app']) {
      expect(await reader.readManifest(repository, { digest: DIGEST })).not.toBeNull();
      await writer?.putTag(repository, 'quarantined-1', manifest);
    }
    await expect(reader.readManifest('team-c/app', { digest: DIGEST })).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    const forTeamC = server.requests.filter(({ path }) => path.includes('team-c'));
    expect(forTeamC.map(({ headers }) => headers.authorization)).not.toContainEqual(
      expect.stringMatching(/Basic|for-[ab]/),
    );
  });

  it.each([401, 403])('says of a %i that no credentials were shown', async (status) => {
    const server = await serve(() => refusal(status, 'DENIED'));
    const { reader } = openRegistry(server.url);
    await expect(reader.readManifest('acme/app', { digest: DIGEST })).rejects.toMatchObject({
      message: expect.stringContaining('without credentials'),
      hint: expect.stringContaining('docker login'),
    });
  });

  it.each([
    { token: '', access_token: 'good' },
    { token: 'good', access_token: '' },
    { token: null, access_token: 'good' },
  ])('takes an empty member for one that is not there: %j', async (answer) => {
    const server = await serve(
      wantsToken(
        () => '/token',
        () => json(answer),
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    expect(await reader.readManifest('acme/app', { digest: DIGEST })).not.toBeNull();
  });

  it.each([401, 403])('says that the token service refused the credentials with %i', async (status) => {
    const server = await serve(
      wantsToken(
        () => '/token',
        () => ({ status }),
      ),
    );
    const { reader } = openRegistry(server.url, { credentials: USER });
    const fault = await reader.readManifest('acme/app', { digest: DIGEST }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', hint: expect.stringContaining('password') });
  });

  it.each<[string, Answer, string]>([
    ['no token', json({ token: '', access_token: '' }), 'REGISTRY_RESPONSE_INVALID'],
    ['no JSON', { body: '<html>' }, 'REGISTRY_RESPONSE_INVALID'],
    ['a token that is another header', json({ token: 'good\r\nX-Evil: 1' }), 'REGISTRY_RESPONSE_INVALID'],
    ['a token of a number', json({ token: 7 }), 'REGISTRY_RESPONSE_INVALID'],
    ['a megabyte', { body: 'x'.repeat(1024 * 1024) }, 'REGISTRY_RESPONSE_TOO_LARGE'],
    ['500', refusal(500, 'UNKNOWN'), 'REGISTRY_ERROR'],
    ['429', { status: 429, headers: { 'retry-after': '60' } }, 'REGISTRY_RATE_LIMITED'],
  ])('calls a token service that answers %s a fault', async (_name, answer, code) => {
    const server = await serve(
      wantsToken(
        () => '/token',
        () => answer,
      ),
    );
    const { reader } = openRegistry(server.url, { limits: { retries: 0 } });
    await expect(reader.readManifest('acme/app', { digest: DIGEST })).rejects.toMatchObject({
      name: 'FaultError',
      code,
    });
  });
});

describe('Basic authentication', () => {
  const wantsBasic = ({ headers }: SeenRequest): Answer =>
    headers.authorization === BASIC
      ? SAMPLE.answer
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };

  it('shows credentials after the first 401, and from then on at once', async () => {
    const server = await serve(wantsBasic);
    const { reader } = openRegistry(server.url, { credentials: USER });
    await reader.readManifest('acme/app', { digest: DIGEST });
    await reader.readManifest('acme/app', { digest: DIGEST });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, BASIC, BASIC]);
  });

  it('says that credentials are wrong, without naming them', async () => {
    const server = await serve(wantsBasic);
    const credentials = { ...USER, password: new Secret('canary-wrong') };
    const { reader } = openRegistry(server.url, { credentials });
    const fault = await reader.readManifest('acme/app', { digest: DIGEST }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', retryable: false });
    expect(String(fault) + JSON.stringify(fault)).not.toContain('canary');
  });

  it('keeps the credentials for reading and for writing apart', async () => {
    const server = await serve(({ method, headers }) => {
      if (headers.authorization === undefined) return wantsBasic({ method, headers, path: '', body: '' });
      return method === 'PUT' ? { status: 201 } : SAMPLE.answer;
    });
    const tagger = { kind: 'basic', username: 'tagger', password: new Secret('other') } as const;
    const { reader, writer } = openRegistry(server.url, { credentials: USER, writeCredentials: tagger });
    await reader.readManifest('acme/app', { digest: DIGEST });
    const manifest = { bytes: Buffer.from(SAMPLE.text), mediaType: 'x/y', digest: DIGEST };
    await writer?.putTag('acme/app', 'quarantined-1', manifest);
    const shown = (method: string) =>
      server.requests.filter((request) => request.method === method).map(({ headers }) => headers.authorization);
    expect(shown('GET')).toEqual([undefined, BASIC]);
    expect(shown('PUT')).toEqual([undefined, `Basic ${Buffer.from('tagger:other').toString('base64')}`]);
  });

  it('E1: reads manifests and tags, and tries what a registry can do, without the credentials for writing', async () => {
    const server = await serve((request) =>
      request.headers.authorization === undefined ? wantsBasic(request) : SAMPLE.answer,
    );
    const tagger = { kind: 'basic', username: 'tagger', password: new Secret('other') } as const;
    const registry = openRegistry(server.url, { credentials: USER, writeCredentials: tagger });
    const ignore = (): void => undefined;
    await registry.reader.readManifest('acme/app', { digest: DIGEST }).catch(ignore);
    await registry.reader.readManifest('acme/app', { tag: 'v1' }).catch(ignore);
    await registry.reader.probe('acme/app').catch(ignore);
    await registry.capabilities.probe().catch(ignore);
    const shown = new Set(server.requests.map(({ headers }) => headers.authorization));
    expect(server.requests.length).toBeGreaterThanOrEqual(4);
    expect(shown).toEqual(new Set([undefined, BASIC]));
    expect(server.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  });
});
