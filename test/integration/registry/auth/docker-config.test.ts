import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Credential } from '../../../../src/registry/auth/credential.ts';
import { readDockerConfig } from '../../../../src/registry/auth/docker-config.ts';
import { startHostileRegistry } from '../../../support/hostile-registry.ts';
import { openRegistry } from '../../../support/open-registry.ts';
import { makeTempDir } from '../../../support/temp-dir.ts';

const encode = (user: string): string => Buffer.from(`${user}:pass:word`).toString('base64');
const AUTH = encode('robot');
const ROBOT = { kind: 'basic', username: 'robot', password: 'pass:word' };
const NONE = { kind: 'none' };

let folder = '';

beforeEach(async () => {
  const temp = await makeTempDir('docker-config');
  folder = temp.path;
  return () => temp.remove();
});

async function config(content: object | string): Promise<string> {
  const path = join(folder, 'config.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function find(path: string, host: string, repository?: string): Promise<Credential> {
  return (await readDockerConfig(path)).find(host, repository);
}

/** Puts `docker-credential-<name>` on PATH for this test. */
async function helper(name: string, script: string): Promise<void> {
  const path = join(folder, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe("credentials of Docker's config.json", () => {
  it('reads user and password, which may hold colons', async () => {
    const path = await config({ auths: { 'registry.example.com': { auth: AUTH } } });
    expect(await find(path, 'registry.example.com')).toEqual(ROBOT);
  });

  it('B11: compares the host whole, with its port', async () => {
    const path = await config({
      auths: { 'registry.example.com': { auth: AUTH }, 'ported.example.com:5000': { auth: AUTH } },
    });
    const others = [
      'registry.example.com.evil',
      'xregistry.example.com',
      'registry.example.com:5000',
      'example.com',
      'ported.example.com',
      'ported.example.com:5001',
    ];
    for (const host of others) expect(await find(path, host), host).toEqual(NONE);
    expect(await find(path, 'ported.example.com:5000')).toEqual(ROBOT);
  });

  it.each(['https://index.docker.io/v1/', 'docker.io', 'https://registry-1.docker.io'])(
    'finds Docker Hub under %s',
    async (name) => {
      const path = await config({ auths: { [name]: { auth: AUTH } } });
      expect(await find(path, 'docker.io')).toEqual(ROBOT);
    },
  );

  it('prefers an identity token, and takes a registry token as it is', async () => {
    const path = await config({
      auths: { a: { auth: AUTH, identitytoken: 'refresh' }, b: { registrytoken: 'ready' }, c: {} },
    });
    expect(await find(path, 'a')).toEqual({ kind: 'identity-token', token: 'refresh' });
    expect(await find(path, 'b')).toEqual({ kind: 'bearer', token: 'ready' });
    expect(await find(path, 'c')).toEqual(NONE);
  });

  it('takes no file for no credentials', async () => {
    expect(await find(join(folder, 'missing.json'), 'a')).toEqual(NONE);
  });

  it.each<[string, object | string]>([
    ['no JSON', '{"auths": canary'],
    ['a list', '[]'],
    ['an auth that is not user:password', { auths: { a: { auth: Buffer.from('canary').toString('base64') } } }],
  ])('says that the file is wrong for %s, without quoting it', async (_name, content) => {
    const path = await config(content);
    const fault = await find(path, 'a').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED', hint: expect.stringContaining('docker login') });
    expect(String(fault)).toContain(path);
    expect(String(fault)).not.toContain('canary');
  });

  it('asks the helper of the host, which gets the host on its input', async () => {
    await helper('lazaret-test', 'read host; printf \'{"Username":"robot","Secret":"for %s"}\' "$host"');
    const path = await config({ credHelpers: { 'registry.example.com': 'lazaret-test' }, credsStore: 'other' });
    const expected = { kind: 'basic', username: 'robot', password: 'for registry.example.com' };
    expect(await find(path, 'registry.example.com')).toEqual(expected);
  });

  it('takes the user <token> of a helper for an identity token', async () => {
    await helper('lazaret-test', 'printf \'{"Username":"<token>","Secret":"refresh"}\'');
    const path = await config({ credsStore: 'lazaret-test' });
    expect(await find(path, 'a')).toEqual({ kind: 'identity-token', token: 'refresh' });
  });

  it('goes on to the file when the store has nothing', async () => {
    await helper('lazaret-test', 'echo "credentials not found in native keychain"; exit 1');
    const path = await config({ credsStore: 'lazaret-test', auths: { a: { auth: AUTH } } });
    expect(await find(path, 'a')).toEqual(ROBOT);
  });

  it.each<[string, string]>([
    ['fails', 'echo canary; exit 3'],
    ['answers no JSON', 'echo canary'],
    ['answers without a secret', 'printf \'{"Username":"canary"}\''],
  ])('calls a helper that %s a fault, not "no credentials"', async (_name, script) => {
    await helper('lazaret-test', script);
    const path = await config({ credsStore: 'lazaret-test' });
    const fault = await find(path, 'a').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expect(String(fault)).not.toContain('canary');
  });

  it.each([
    ['missing-on-this-machine', 'could not be started'],
    ['../../bin/evil', 'no name of a program'],
    ['x/evil', 'no name of a program'],
    ['-x', 'no name of a program'],
    ['a b', 'no name of a program'],
  ])('runs no program for the helper %j, because %s', async (name, why) => {
    const path = await config({ credsStore: name });
    await expect(find(path, 'a')).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
      message: expect.stringContaining(why),
    });
  });

  const TEAMS = {
    'registry.example.com/team-a': { auth: encode('robot-a') },
    'registry.example.com/team-b': { auth: encode('robot-b') },
    'registry.example.com/team-b/app/deep': { auth: encode('robot-deep') },
  };
  const whoReads = async (auths: object, repository?: string): Promise<string> => {
    const found = await find(await config({ auths }), 'registry.example.com', repository);
    return found.kind === 'basic' ? found.username : found.kind;
  };

  it.each([
    ['team-a/app', 'robot-a'],
    ['team-b/app', 'robot-b'],
    ['team-b', 'robot-b'],
    ['team-b/app/deep', 'robot-deep'],
    ['team-b/app/deep/er', 'robot-deep'],
    ['team-b/app/deeper', 'robot-b'],
    ['team-bb/app', 'none'],
    ['app/team-a', 'none'],
    [undefined, 'none'],
  ])('reads %s with the most specific entry of its path, and with none of another', async (repository, who) => {
    expect(await whoReads(TEAMS, repository)).toBe(who);
  });

  it('falls back to the entry of the host, wherever it stands in the file', async () => {
    const host = { 'https://registry.example.com/v1/': { auth: encode('robot') } };
    for (const auths of [
      { ...host, ...TEAMS },
      { ...TEAMS, ...host },
    ]) {
      expect(await whoReads(auths, 'team-c/app')).toBe('robot');
      expect(await whoReads(auths, 'v1/app')).toBe('robot');
      expect(await whoReads(auths)).toBe('robot');
      expect(await whoReads(auths, 'team-a/app')).toBe('robot-a');
    }
  });

  it('takes an entry with a path for that path also where it is written as a URL', async () => {
    const auths = { 'https://registry.example.com/team-a': { auth: encode('robot-a') } };
    expect(await whoReads(auths, 'team-a/app')).toBe('robot-a');
    expect(await whoReads(auths, 'team-b/app')).toBe('none');
  });

  it('knows the paths of Docker Hub under each of its names', async () => {
    const path = await config({ auths: { 'index.docker.io/acme': { auth: AUTH } } });
    expect(await find(path, 'docker.io', 'acme/app')).toEqual(ROBOT);
    expect(await find(path, 'docker.io', 'library/app')).toEqual(NONE);
  });

  it('asks the helper and the store for a path only where the file names it', async () => {
    await helper('lazaret-test', 'read name; printf \'{"Username":"robot","Secret":"for %s"}\' "$name"');
    const own = await config({
      credHelpers: { 'registry.example.com/team-a': 'lazaret-test' },
      auths: { 'registry.example.com': { auth: AUTH } },
    });
    expect(await find(own, 'registry.example.com', 'team-a/app')).toMatchObject({
      password: 'for registry.example.com/team-a',
    });
    expect(await find(own, 'registry.example.com', 'team-b/app')).toEqual(ROBOT);
    const stored = await config({ credsStore: 'lazaret-test', auths: { 'registry.example.com/team-a': {} } });
    expect(await find(stored, 'registry.example.com', 'team-a/app')).toMatchObject({
      password: 'for registry.example.com/team-a',
    });
    expect(await find(stored, 'registry.example.com', 'team-b/app')).toMatchObject({
      password: 'for registry.example.com',
    });
  });

  it('asks a helper once, however many repositories of its host there are', async () => {
    const log = join(folder, 'asked');
    await helper('lazaret-test', `echo x >>${log}; printf '{"Username":"robot","Secret":"pass:word"}'`);
    const read = await readDockerConfig(await config({ credsStore: 'lazaret-test' }));
    for (const repository of ['a', 'b', 'c/d']) {
      expect(await read.find('registry.example.com', repository)).toEqual(ROBOT);
    }
    expect(await readFile(log, 'utf8')).toBe('x\n');
  });

  it('takes the padding of old files off a password', async () => {
    const auth = Buffer.from('robot:pass:word\0\0').toString('base64');
    expect(await find(await config({ auths: { a: { auth } } }), 'a')).toEqual(ROBOT);
  });

  it('changes an identity token into an access token by POST, as OAuth 2 wants it', async () => {
    const server = await startHostileRegistry(({ path, headers }) => {
      if (path === '/token') return { body: '{"access_token":"good"}' };
      if (headers.authorization === 'Bearer good') return { body: '{}' };
      return { status: 401, headers: { 'www-authenticate': 'Bearer realm="/token",service="s"' } };
    });
    onTestFinished(() => server.stop());
    const path = await config({ auths: { [server.host]: { identitytoken: 'refresh me' } } });
    await openRegistry(server.url, { credentials: { kind: 'docker-config', path } }).reader.probe('acme/app');
    const [post] = server.requests.filter(({ method }) => method === 'POST');
    expect(Object.fromEntries(new URLSearchParams(post?.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'lazaret',
      service: 's',
      refresh_token: 'refresh me',
    });
  });

  it('notices a new login after credentials were refused', async () => {
    const accepted = `Basic ${Buffer.from('robot:new').toString('base64')}`;
    const server = await startHostileRegistry(({ headers }) =>
      headers.authorization === accepted
        ? { body: '{}' }
        : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
    );
    onTestFinished(() => server.stop());
    const login = (password: string) => config({ auths: { [server.host]: { username: 'robot', password } } });
    const { reader } = openRegistry(server.url, { credentials: { kind: 'docker-config', path: await login('old') } });
    await expect(reader.probe()).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    await login('new');
    // The first request shows what is known, is refused, and reads the file again.
    await expect(reader.probe()).resolves.toBeUndefined();
  });
});
