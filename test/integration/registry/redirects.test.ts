import type { LookupAddress } from 'node:dns';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { Secret } from '../../../src/kit/secret.ts';
import type { RegistryOptions } from '../../../src/registry/registry-options.ts';
import { makeCertificate } from '../../support/certificate.ts';
import {
  type Answer,
  type HostileRegistry,
  type SeenRequest,
  startHostileRegistry,
} from '../../support/hostile-registry.ts';
import { openRegistry } from '../../support/open-registry.ts';

const BLOB = { digest: digestOf(Buffer.from('blob')), size: 4 };
const USER = { kind: 'basic', username: 'robot', password: new Secret('canary-password') } as const;
const CHALLENGE = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };

type Tls = { readonly cert: string; readonly key: string };

async function serve(answer: (request: SeenRequest) => Answer | undefined, tls?: Tls): Promise<HostileRegistry> {
  const server = await startHostileRegistry(answer, tls);
  onTestFinished(() => server.stop());
  return server;
}

/** Names of this test, all at loopback; what else is asked for is written down. */
function names(...known: string[]) {
  const asked: string[] = [];
  const resolve = async (name: string): Promise<readonly LookupAddress[]> => {
    asked.push(name);
    return known.includes(name) ? [{ address: '127.0.0.1', family: 4 }] : [];
  };
  return { asked, resolve };
}

function redirectTo(location: string): (request: SeenRequest) => Answer {
  return ({ path, headers }) => {
    if (headers.authorization === undefined) return CHALLENGE;
    return path.includes('/blobs/') ? { status: 307, headers: { location } } : { status: 500 };
  };
}

function readBlob(server: HostileRegistry, options: Partial<RegistryOptions> = {}, host = 'registry.test') {
  const url = `${server.url.protocol}//${host}:${server.port}`;
  return openRegistry(url, { credentials: USER, ...options }).reader.readBlob('acme/app', BLOB);
}

describe('redirects of blobs', () => {
  it('B2: follows one to the store of a private registry, and leaves the credentials behind', async () => {
    const store = await serve(() => ({ body: 'blob' }));
    const server = await serve(redirectTo(`http://store.test:${store.port}/x?X-Amz-Signature=abc`));
    const { resolve } = names('registry.test', 'store.test');
    expect(Buffer.from((await readBlob(server, { resolve })) ?? []).toString()).toBe('blob');
    expect(server.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
    expect(store.requests.map(({ path }) => path)).toEqual(['/x?X-Amz-Signature=abc']);
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('B2: does not take the credentials up again when the way leads back to the registry', async () => {
    const store: HostileRegistry = await serve(() => ({ status: 302, headers: { location: back } }));
    const server = await serve(({ path, headers }) => {
      if (path === '/back') return { body: 'blob' };
      return redirectTo(`http://store.test:${store.port}/`)({ method: 'GET', path, headers, body: '' });
    });
    const back = `http://registry.test:${server.port}/back`;
    await readBlob(server, names('registry.test', 'store.test'));
    expect(server.requests.find(({ path }) => path === '/back')?.headers.authorization).toBeUndefined();
  });

  it('B2: counts another port of the same host as another origin', async () => {
    const store = await serve(() => ({ body: 'blob' }));
    const server = await serve(redirectTo(`http://registry.test:${store.port}/`));
    await readBlob(server, names('registry.test'));
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    'http://127.0.0.1:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f000001:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[::1]:PORT/',
    'http://0.0.0.0:PORT/',
    'http://localhost:PORT/',
    'http://inside.test:PORT/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.0.1/',
    'http://100.64.0.1/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://unknown.test/',
  ])('B2: connects to nothing at %s on behalf of a public registry', async (location) => {
    const trap = await serve(() => ({ body: 'blob' }));
    const server = await serve(redirectTo(location.replace('PORT', String(trap.port))));
    const { resolve } = names('registry.test', 'inside.test', 'localhost');
    await expect(readBlob(server, { resolve, private: false })).rejects.toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
      retryable: false,
    });
    expect(trap.connections).toBe(0);
  });

  it.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://100.100.100.200/'])(
    'B2: connects to no metadata service at %s even for a private registry',
    async (location) => {
      const server = await serve(redirectTo(location));
      const { resolve } = names('registry.test');
      await expect(readBlob(server, { resolve, private: true })).rejects.toMatchObject({
        code: 'REGISTRY_REDIRECT_REFUSED',
      });
    },
  );

  it.each(['http://user:pw@store.test/', 'file:///etc/passwd', 'ftp://store.test/', 'http://', ''])(
    'B2: does not follow %j',
    async (location) => {
      const server = await serve(redirectTo(location));
      const { asked, resolve } = names('registry.test', 'store.test');
      await expect(readBlob(server, { resolve })).rejects.toMatchObject({ name: 'FaultError' });
      expect(asked.filter((name) => name !== 'registry.test')).toEqual([]);
    },
  );

  it('B2: ends a chain after three', async () => {
    const server = await serve(({ path }) => ({ status: 302, headers: { location: `${path}x` } }));
    await expect(readBlob(server, names('registry.test'))).rejects.toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
    expect(server.requests).toHaveLength(4);
  });

  it('B2: never goes from https to http', async () => {
    const tls = makeCertificate();
    const trap = await serve(() => ({ body: 'blob' }));
    const server = await serve(redirectTo(`${trap.url}`), tls);
    await expect(readBlob(server, { ca: tls.cert }, '127.0.0.1')).rejects.toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
    });
    expect(trap.connections).toBe(0);
  });

  it('E8: names of a redirect only its host: the rest may be a signature', async () => {
    const server = await serve(redirectTo('http://10.0.0.1/x?X-Amz-Signature=canary-signature'));
    const { resolve } = names('registry.test');
    const fault = await readBlob(server, { resolve, private: false }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
    expect(JSON.stringify(fault) + String(fault)).not.toContain('canary');
  });

  it('follows no redirect of a write', async () => {
    const server = await serve(() => ({ status: 307, headers: { location: '/elsewhere' } }));
    const { writer } = openRegistry(server.url, { writeCredentials: { kind: 'none' } });
    const manifest = { bytes: Buffer.from('{}'), mediaType: 'x/y', digest: digestOf(Buffer.from('{}')) };
    await expect(writer?.putTag('acme/app', 'q', manifest)).rejects.toMatchObject({ name: 'FaultError' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('TLS', () => {
  it('trusts an authority of the configuration', async () => {
    const tls = makeCertificate();
    const server = await serve(() => ({ body: 'blob' }), tls);
    expect(await readBlob(server, { ca: tls.cert }, '127.0.0.1')).toHaveLength(4);
  });

  it('trusts no other one, and says what to do', async () => {
    const server = await serve(() => ({ body: 'blob' }), makeCertificate());
    await expect(readBlob(server, { ca: makeCertificate().cert }, '127.0.0.1')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      retryable: false,
      hint: expect.stringContaining('caFile'),
    });
    expect(server.requests).toEqual([]);
  });

  it('does not take a certificate for another name', async () => {
    const tls = makeCertificate(['other.test']);
    const server = await serve(() => ({ body: 'blob' }), tls);
    await expect(readBlob(server, { ca: tls.cert }, '127.0.0.1')).rejects.toMatchObject({
      hint: expect.stringContaining('another name'),
    });
  });

  it('never falls back to plain HTTP, and says that the port speaks no TLS', async () => {
    const server = await serve(() => ({ body: 'blob' }));
    const { reader } = openRegistry(`https://127.0.0.1:${server.port}`, { credentials: USER });
    await expect(reader.readBlob('acme/app', BLOB)).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      hint: expect.stringContaining('http://'),
    });
    expect(server.requests).toEqual([]);
  });

  it.each(['https://h/path', 'https://h/?q=1', 'https://user@h', 'https://u:p@h', 'ftp://h', 'https://h/#x'])(
    'refuses %s as the URL of a registry',
    (url) => {
      expect(() => openRegistry(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );
});
