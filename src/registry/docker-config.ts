import { readFile } from 'node:fs/promises';
import { FaultError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { parseJson } from '../domain/parse-json.ts';
import type { Credential } from './credential.ts';
import { askCredentialHelper } from './credential-helper.ts';

/** Docker Hub has one name in image references and another in Docker's file. */
const DOCKER_HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'];

/**
 * Reads what Docker's `config.json` holds for a host, as `docker pull` would: the host's own helper, else the store,
 * else `auths`. Hosts are compared whole, with their port: `registry.example.com.evil` is nobody.
 * https://docs.docker.com/reference/cli/docker/login/
 * @throws {FaultError} `REGISTRY_UNAUTHORIZED` for a file or helper that cannot be read; no file is no credentials.
 */
export async function readDockerCredential(path: string, host: string): Promise<Credential> {
  const config = await readConfig(path);
  if (config === null) return { kind: 'none' };
  const keys = host === 'docker.io' ? DOCKER_HUB_KEYS : [host];
  const helper = helperFor(config, keys);
  if (helper !== undefined) {
    const found = await askCredentialHelper(helper, keys[0] ?? host);
    if (found.kind !== 'none') return found;
  }
  const auths = objectAt(config, 'auths');
  for (const [name, entry] of Object.entries(auths)) {
    if (keys.some((key) => sameHost(key, name)) && isJsonObject(entry)) return readEntry(entry, path, name);
  }
  return { kind: 'none' };
}

async function readConfig(path: string): Promise<JsonObject | null> {
  try {
    const config = parseJson(await readFile(path));
    if (isJsonObject(config)) return config;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw unreadable(path, 'it cannot be read as JSON', cause);
  }
  throw unreadable(path, 'it is not an object');
}

function helperFor(config: JsonObject, keys: readonly string[]): string | undefined {
  const own = Object.entries(objectAt(config, 'credHelpers')).find(([name]) => keys.some((key) => sameHost(key, name)));
  const helper = own?.[1] ?? config['credsStore'];
  return typeof helper === 'string' && helper !== '' ? helper : undefined;
}

function readEntry(entry: JsonObject, path: string, name: string): Credential {
  const text = (key: string): string => {
    const value = entry[key];
    return typeof value === 'string' ? value : '';
  };
  if (text('identitytoken') !== '') return { kind: 'identity-token', token: text('identitytoken') };
  if (text('registrytoken') !== '') return { kind: 'bearer', token: text('registrytoken') };
  if (text('username') !== '') return { kind: 'basic', username: text('username'), password: text('password') };
  if (text('auth') === '') return { kind: 'none' };
  const [, username, password] = /^([^:]+):(.*)$/s.exec(Buffer.from(text('auth'), 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined) {
    throw unreadable(path, `\`auth\` of ${name} is not base64 of user:password`);
  }
  // Docker pads with NUL bytes since its earliest days, and strips them when it reads.
  return { kind: 'basic', username, password: password.replace(/\0+$/, '') };
}

/** Old files hold URLs: `https://registry.example.com/v1/`. The path says nothing. */
function sameHost(key: string, name: string): boolean {
  const bare = (text: string): string =>
    text
      .replace(/^https?:\/\//, '')
      .replace(/\/.*$/, '')
      .toLowerCase();
  return bare(key) === bare(name);
}

function objectAt(config: JsonObject, key: string): JsonObject {
  const value = config[key];
  return isJsonObject(value) ? value : {};
}

function unreadable(path: string, why: string, cause?: unknown): FaultError {
  return new FaultError('REGISTRY_UNAUTHORIZED', `expected credentials in ${path}, but ${why}`, {
    retryable: false,
    ...(cause !== undefined && { cause }),
    hint: 'Run `docker login`, or give the registry `credentials` of its own.',
  });
}
