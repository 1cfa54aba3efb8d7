import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import {
  type Answer,
  type HostileRegistry,
  refusal,
  type SeenRequest,
  sampleManifest,
  startHostileRegistry,
} from '../../support/hostile-registry.ts';
import { openRegistry } from '../../support/open-registry.ts';

const SAMPLE = sampleManifest();
const DIGEST = digestOf(Buffer.from(SAMPLE.text));
const USER = { kind: 'basic', username: 'robot', password: 'canary-password' } as const;
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

  it('asks once more after a 401, never in a circle', async () => {
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
    expect(server.requests).toHaveLength(3);
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
    ['no token', json({}), 'REGISTRY_RESPONSE_INVALID'],
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
    const credentials = { ...USER, password: 'canary-wrong' };
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
    const tagger = { kind: 'basic', username: 'tagger', password: 'other' } as const;
    const { reader, writer } = openRegistry(server.url, { credentials: USER, writeCredentials: tagger });
    await reader.readManifest('acme/app', { digest: DIGEST });
    const manifest = { bytes: Buffer.from(SAMPLE.text), mediaType: 'x/y', digest: DIGEST };
    await writer?.putTag('acme/app', 'quarantined-1', manifest);
    const shown = (method: string) =>
      server.requests.filter((request) => request.method === method).map(({ headers }) => headers.authorization);
    expect(shown('GET')).toEqual([undefined, BASIC]);
    expect(shown('PUT')).toEqual([undefined, `Basic ${Buffer.from('tagger:other').toString('base64')}`]);
  });
});
